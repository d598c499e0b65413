"""What the course's notebooks import; each module is loaded, and paid for, when it is used."""
