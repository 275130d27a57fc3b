/**
 * An error as AWS sends it. `code` is the wire code (`InvalidVpcID.NotFound`, `NotFoundException`); `detail` holds
 * further members of the modelled error, such as `retryAfterSeconds`.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly status: number
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, status = 400, detail: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.status = status
    this.detail = detail
  }
}
