// What Swift cannot reach in <vips/vips.h> by itself: libvips' operations are variadic functions
// whose options are names and values. Each wrapper here that gives an image gives NULL on failure,
// and whoever gets one releases it with g_object_unref.
#pragma once
#include <vips/vips.h>

static inline void martlet_vips_say_nothing(
    const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer context) {}

/// Once a process, before anything else. 0 on success.
static inline int martlet_vips_start(void) {
  if (vips_init("martlet") != 0) return -1;
  // Whoever uploads a picture would otherwise write our log.
  g_log_set_handler("VIPS", G_LOG_LEVEL_MASK, martlet_vips_say_nothing, NULL);
  // One thread a picture, and nothing kept once it is done.
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  // Readers of these four kinds alone, although there are modules for dozens.
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
  vips_operation_block_set("VipsForeignLoadPng", FALSE);
  vips_operation_block_set("VipsForeignLoadWebp", FALSE);
  vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
  return 0;
}

/// The header; pixels are read when they are asked for. The bytes must live as long as the image.
static inline VipsImage *martlet_vips_open(const void *bytes, size_t size) {
  return vips_image_new_from_buffer(
      bytes, size, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

/// The pixels alone, in memory. Savers have been seen to write metadata that they were told to strip.
static inline VipsImage *martlet_vips_bare(VipsImage *image) {
  size_t size = 0;
  void *pixels = vips_image_write_to_memory(image, &size);
  if (pixels == NULL) return NULL;
  VipsImage *unnamed = vips_image_new_from_memory_copy(
      pixels, size, image->Xsize, image->Ysize, image->Bands, image->BandFmt);
  g_free(pixels);
  if (unnamed == NULL) return NULL;
  VipsImage *bare = NULL;
  vips_copy(unnamed, &bare, "interpretation", image->Type, NULL);
  g_object_unref(unnamed);
  return bare;
}

/// Upright, sRGB or grey, 8 bits a sample, at most so large.
static inline VipsImage *martlet_vips_thumbnail(VipsImage *image, int width, int height) {
  // Given a profile to export to, libvips 8.14 changes the colours of images that have none too.
  const char *profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0 ? "srgb" : NULL;
  VipsImage *thumbnail = NULL;
  if (vips_thumbnail_image(
          image, &thumbnail, width, "height", height, "size", VIPS_SIZE_DOWN,
          profile == NULL ? NULL : "export_profile", profile, NULL) != 0)
    return NULL;
  VipsImage *bare = martlet_vips_bare(thumbnail);
  g_object_unref(thumbnail);
  return bare;
}

// The encoders, without any metadata. What they give is freed with g_free; NULL on failure.

static inline void *martlet_vips_webp(VipsImage *image, int quality, size_t *size) {
  void *bytes = NULL;
  return vips_webpsave_buffer(image, &bytes, size, "Q", quality, "strip", TRUE, NULL) == 0
      ? bytes : NULL;
}

/// On white where the image is transparent.
static inline void *martlet_vips_jpeg(VipsImage *image, int quality, size_t *size) {
  void *bytes = NULL;
  VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
  int failed = vips_jpegsave_buffer(
      image, &bytes, size, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, "background",
      white, NULL);
  vips_area_unref(VIPS_AREA(white));
  return failed ? NULL : bytes;
}

static inline void *martlet_vips_png(VipsImage *image, size_t *size) {
  void *bytes = NULL;
  return vips_pngsave_buffer(image, &bytes, size, "strip", TRUE, NULL) == 0 ? bytes : NULL;
}
