import { dirname, extname } from 'node:path'
import type { Size } from '../functions/contract/options.ts'
import { type Flag, parseFlags, wrongValue } from './flags.ts'
import { wholeNumberFlag } from './number-flag.ts'
import { pathKind } from './path-kind.ts'
import { parsePictureSource, pictureFlags } from './picture-flags.ts'
import type { ClusterPlace } from './replicas.ts'
import { addressFlags, parseServiceAddress, type ServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_NAMESPACE = 'image-preprocessing'
const DEFAULT_BURST_SECONDS = 60
const DEFAULT_SILENCE_SECONDS = 90
const DEFAULT_CONCURRENCY = 8

const KUBE_NAME = 'a name of lower-case letters, digits and dashes'

function kubeNameFlag(description: string, byDefault: string): Flag {
  return { description, allowed: KUBE_NAME, byDefault }
}

const burstFlag = wholeNumberFlag({
  description: 'how long pictures are sent in the burst',
  ...{ min: 1, max: 3600, byDefault: DEFAULT_BURST_SECONDS },
})

const silenceFlag = wholeNumberFlag({
  description: 'how long nothing is sent where the replicas cannot be seen',
  ...{ min: 0, max: 3600, byDefault: DEFAULT_SILENCE_SECONDS },
})

const concurrencyFlag = wholeNumberFlag({
  description: 'pictures at a time in the burst',
  ...{ min: 1, max: 1000, byDefault: DEFAULT_CONCURRENCY },
})

const contextFlag: Flag = {
  description: 'the cluster, if not the one kubectl has as its current',
  allowed: 'a context of the kubeconfig',
}

const reportFlag: Flag = {
  description: 'a file that gets the run as a chart',
  allowed: 'a path that ends in .svg or .html',
}

/** The flags of `demo`. */
export const demoFlags = {
  ...addressFlags,
  namespace: kubeNameFlag('the namespace of the functions', DEFAULT_NAMESPACE),
  context: contextFlag,
  api: kubeNameFlag('the Knative Service of the api', 'api'),
  image: kubeNameFlag('the Knative Service of the image function', 'image'),
  report: reportFlag,
  'burst-seconds': burstFlag,
  'silence-seconds': silenceFlag,
  concurrency: concurrencyFlag,
  ...pictureFlags,
}

/** What `demo` was asked for. */
export type DemoArguments = {
  address: ServiceAddress
  place: ClusterPlace
  report: { path: string; kind: 'svg' | 'html' } | undefined
  burstSeconds: number
  silenceSeconds: number
  concurrency: number
  from: { file: string } | { size: Size }
}

/** What a command line asks of `demo`. Throws UsageError for anything that it does not take. */
export async function parseDemoArguments(args: string[]): Promise<DemoArguments> {
  const { given, positionals } = parseFlags<keyof typeof demoFlags>(args, demoFlags)
  if (positionals.length > 0) {
    throw new UsageError(`There is nothing to do with ${positionals[0]}; demo takes options alone.`)
  }
  const { url, host, context, picture, size } = given
  const number = (name: 'burst-seconds' | 'silence-seconds' | 'concurrency') =>
    demoFlags[name].parse(name, given[name] ?? demoFlags[name].byDefault ?? '')
  return {
    address: parseServiceAddress({ url, host }),
    place: {
      namespace: parseKubeName('namespace', given.namespace),
      context,
      services: {
        api: parseKubeName('api', given.api),
        image: parseKubeName('image', given.image),
      },
    },
    report: await parseReport(given.report),
    burstSeconds: number('burst-seconds'),
    silenceSeconds: number('silence-seconds'),
    concurrency: number('concurrency'),
    from: parsePictureSource({ picture, size }),
  }
}

function parseKubeName(name: 'namespace' | 'api' | 'image', text?: string): string {
  const chosen = text ?? demoFlags[name].byDefault ?? ''
  if (!/^[a-z\d]([-a-z\d]{0,61}[a-z\d])?$/.test(chosen)) {
    throw wrongValue(name, chosen, demoFlags[name])
  }
  return chosen
}

/** A demo takes minutes, so what is wrong with the file is said before it. */
async function parseReport(path?: string): Promise<DemoArguments['report']> {
  if (path === undefined) return undefined
  const kind = extname(path).slice(1)
  if (kind !== 'svg' && kind !== 'html') throw wrongValue('report', path, reportFlag)
  if ((await pathKind(dirname(path))) !== 'folder') {
    throw new UsageError(`There is no folder ${dirname(path)} for the report.`)
  }
  return { path, kind }
}
