"""What people see: cards, pictures made of pictures, modals and buttons."""
