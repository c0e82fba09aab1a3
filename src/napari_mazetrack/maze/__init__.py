"""The maze: arena and calibration, trials and their events, and the measures of a swim."""
