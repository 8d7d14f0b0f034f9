"""What is known of what is scanned: packages, received units, recalls, recipes, policies, tall-man names."""
