"""The doors to other systems: messages in, orders and answers out."""
