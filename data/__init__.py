"""What Ownhand keeps: rows in SQLite, files by their content."""
