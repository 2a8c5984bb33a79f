/**
 * What is set once for the whole process. Imported by whoever starts it, and not by each thread: while
 * loaders are blocked and unblocked, an image of another thread would be refused.
 */
import sharp from 'sharp'

// Parallel images are what keeps the cores busy; a second thread for one image costs more than it gives.
sharp.concurrency(1)
// Only the loaders of the list: libvips recognises more formats than this service promises to read.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadTiffBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
})
