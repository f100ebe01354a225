//! Rooms, sans-IO.
