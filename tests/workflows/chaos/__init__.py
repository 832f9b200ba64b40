"""Workers that are killed, and wake-ups that come in the wrong moment: nothing is lost, nothing is done twice."""
