enum ObservabilityModule {}
