enum ShopsModule {}
