"""The rights of a data subject, ONE FILE each: what it is called, which law gives it, and the stages its request goes through."""
