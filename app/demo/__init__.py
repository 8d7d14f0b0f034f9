"""A fictitious pharmacy to try: people, stock, signed recipes, orders, one station. NOT FOR CLINICAL USE."""
