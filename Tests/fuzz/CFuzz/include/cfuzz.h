/* Nothing for Swift: the driver calls it, not the other way round. */
