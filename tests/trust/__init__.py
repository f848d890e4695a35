"""What the program promises about writing, secrets, execution, hostile input and exit statuses."""
