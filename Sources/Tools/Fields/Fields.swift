enum FieldsModule {}
