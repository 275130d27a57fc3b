import { AwsError } from '../../state/aws-error.ts'
import type {
  RuleCondition as GivenCondition,
  RuleTransform as GivenTransform,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { invalid } from './lookup.ts'
import type { RuleCondition, Transform } from '../../state/elbv2.ts'

/** Values of all conditions of a rule ("Quotas for your Application Load Balancers"). */
const mostValues = 5

/**
 * Reads the conditions of a rule: at least one, of each field at most one (API_RuleCondition). Of the fields, path
 * pattern and host header are modelled.
 */
export function readConditions(conditions: GivenCondition[] | undefined): RuleCondition[] {
  const read = (conditions ?? []).map(readCondition)
  if (read.length === 0) throw invalid('A condition must be specified')
  if (new Set(read.map(({ field }) => field)).size < read.length)
    throw invalid('A rule can have one condition of each of these fields only')
  if (read.flatMap(({ values }) => values).length > mostValues)
    throw new AwsError('InvalidConfigurationRequest', `A rule cannot have more than ${mostValues} condition values`)
  return read
}

function readCondition({ Field, Values, PathPatternConfig, HostHeaderConfig, ...rest }: GivenCondition): RuleCondition {
  const unmodelled = Object.entries(rest).find(([, value]) => value !== undefined)
  if (unmodelled) throw invalid(`The sandbox does not model ${unmodelled[0]} of a condition`)
  if (Field !== 'path-pattern' && Field !== 'host-header')
    throw invalid(`The sandbox does not model conditions on '${Field}'`)
  const given = Field === 'path-pattern' ? PathPatternConfig : HostHeaderConfig
  if (given && 'RegexValues' in given && given.RegexValues !== undefined)
    throw invalid('The sandbox does not model regular expressions in conditions')
  const values = given?.Values ?? Values ?? []
  if (values.length === 0) throw invalid('A condition value must be specified')
  const long = values.find((value) => value.length === 0 || value.length > 128)
  if (long !== undefined) throw invalid(`Condition value '${long}' must have 1 to 128 characters`)
  return { field: Field, values }
}

/** Both members are filled, as AWS answers with them when one value is given (CLI reference, describe-rules). */
export const showCondition = ({ field, values }: RuleCondition): GivenCondition => ({
  Field: field,
  Values: values,
  ...(field === 'path-pattern' ? { PathPatternConfig: { Values: values } } : { HostHeaderConfig: { Values: values } }),
})

/**
 * Reads transforms: one of each type at most, each with one rewrite ("Transforms for listener rules", ALB guide; that
 * more rewrites are refused: terraform-provider-aws#44702). What its regular expressions lack is refused by AWS too.
 */
export function readTransforms(transforms: GivenTransform[] = []): Transform[] {
  const read = transforms.map(readTransform)
  if (new Set(read.map(({ type }) => type)).size < read.length)
    throw invalid('A rule can have one transform of each type only')
  return read
}

function readTransform({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }: GivenTransform): Transform {
  if (Type !== 'host-header-rewrite' && Type !== 'url-rewrite') throw invalid(`Transform type '${Type}' is not valid`)
  const { Rewrites = [] } = (Type === 'host-header-rewrite' ? HostHeaderRewriteConfig : UrlRewriteConfig) ?? {}
  const [rewrite, ...others] = Rewrites
  if (rewrite?.Regex === undefined || rewrite.Replace === undefined || others.length > 0)
    throw invalid('A transform must have exactly one rewrite')
  const { Regex: regex, Replace: replace } = rewrite
  if (regex.length > 1024 || replace.length > 1024) throw invalid('A rewrite cannot be longer than 1024 characters')
  if (!isRegex(regex)) throw invalid(`The regular expression '${regex}' is not valid`)
  return { type: Type, regex, replace }
}

/** No lookaround, backreference, atomic group or possessive quantifier ("Transforms for listener rules"). */
function isRegex(text: string): boolean {
  if (/\(\?(<?[=!]|>)|\\[1-9]|[*+?}]\+/.test(text)) return false
  try {
    return new RegExp(text).source !== ''
  } catch {
    return false
  }
}

export function showTransform({ type, regex, replace }: Transform): GivenTransform {
  const config = { Rewrites: [{ Regex: regex, Replace: replace }] }
  return type === 'host-header-rewrite'
    ? { Type: type, HostHeaderRewriteConfig: config }
    : { Type: type, UrlRewriteConfig: config }
}
