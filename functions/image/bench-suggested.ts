import sharp from 'sharp'

/** What sharp's documentation leads to for the same job: 1024x768, gray, JPEG of quality 80. */
export function suggested(source: Buffer): Promise<Buffer> {
  return sharp(source)
    .resize(1024, 768, { fit: 'fill' })
    .grayscale()
    .jpeg({ quality: 80 })
    .toBuffer()
}
