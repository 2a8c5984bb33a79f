/** A named set of options as it is written: each spelled as in a query string, and whence it is. */
export type WrittenPreset = {
  options: Record<string, string>
  /** What it follows, as a sentence. */
  recipe?: string
  /** Where that is published, as a URL. */
  source?: string
}

/** The tensor that a network in PyTorch takes: channels first, normalised, Pillow's pixels. */
const PYTORCH_TENSOR = {
  alpha: 'drop',
  icc: 'ignore',
  format: 'npy',
  mode: 'exact',
  dtype: 'float32',
  layout: 'chw',
}

/**
 * The presets that every api has. They leave to the options at start-up what no recipe speaks of:
 * the EXIF orientation, and which Pillow it was.
 */
export const SHIPPED_PRESETS: Record<string, WrittenPreset> = {
  'imagenet-224': {
    options: {
      scale: '256x256',
      grayscale: 'false',
      fit: 'short-side',
      crop: 'centre-224x224',
      filter: 'bilinear',
      ...PYTORCH_TENSOR,
      mean: '0.485,0.456,0.406',
      std: '0.229,0.224,0.225',
    },
    recipe:
      'ImageClassification of torchvision with crop_size=224 and its defaults, on an RGB picture ' +
      'of Pillow: short side 256, bilinear, centre 224x224, ImageNet mean and std. The ' +
      'IMAGENET1K_V1 weights of ResNet use it so; those of V2 have a short side of 232.',
    source: 'https://github.com/pytorch/vision/blob/main/torchvision/transforms/_presets.py',
  },
  'clip-224': {
    options: {
      scale: '224x224',
      grayscale: 'false',
      fit: 'short-side',
      crop: 'centre-224x224',
      filter: 'bicubic',
      ...PYTORCH_TENSOR,
      mean: '0.48145466,0.4578275,0.40821073',
      std: '0.26862954,0.26130258,0.27577711',
    },
    recipe:
      'The preprocess of CLIP by OpenAI for its models of 224 pixels: short side 224, bicubic, ' +
      'centre 224x224, RGB, the mean and std of CLIP.',
    source: 'https://github.com/openai/CLIP/blob/main/clip/clip.py',
  },
  'mnist-28': {
    options: {
      scale: '28x28',
      grayscale: 'true',
      fit: 'fill',
      crop: 'none',
      filter: 'bilinear',
      ...PYTORCH_TENSOR,
      mean: '0.1307',
      std: '0.3081',
    },
    recipe:
      'The normalisation of the MNIST example of PyTorch, after a bilinear resize to the 28x28 ' +
      'gray pixels that its digits have. Those are white on black, and nothing is inverted here.',
    source: 'https://github.com/pytorch/examples/blob/main/mnist/main.py',
  },
  'document-1024x768': {
    options: {
      scale: '1024x768',
      grayscale: 'true',
      fit: 'fill',
      crop: 'none',
      filter: 'lanczos',
      alpha: 'drop',
      icc: 'ignore',
      format: 'png',
      mode: 'exact',
    },
    recipe: "This service's own: 1024x768 gray by Lanczos, nothing padded or cut off, as PNG.",
  },
}
