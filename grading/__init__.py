"""What instructors run: the exercises with their misconceptions, and the way from master to mark."""
