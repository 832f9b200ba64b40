"""What Django wants to be told to show the pages: settings, addresses, and the door the server knocks at."""
