"""The languages of the pages, one file each."""
