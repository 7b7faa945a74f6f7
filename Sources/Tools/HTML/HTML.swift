enum HTMLModule {}
