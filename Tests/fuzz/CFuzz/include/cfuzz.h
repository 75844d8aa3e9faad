/* Nothing to import: the module exists so that the driver is linked. */
