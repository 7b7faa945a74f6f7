enum WiringModule {}
