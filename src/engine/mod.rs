//! The parts that the machines are built of. Each stands alone: none knows another.
