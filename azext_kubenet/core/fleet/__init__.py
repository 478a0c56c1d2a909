"""All clusters that one sees: each judged, ordered by what its move takes, and how much of all that was seen. No IO."""
