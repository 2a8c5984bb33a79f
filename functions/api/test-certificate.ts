/**
 * A certificate of images.example.org that nobody trusts but who is told to, and its key, which is no secret:
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 * -subj /CN=images.example.org -addext subjectAltName=DNS:images.example.org`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIUZ3HRzfWawxzW2IlcIGCXJpGO4ggwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSaW1hZ2VzLmV4YW1wbGUub3JnMCAXDTI2MTEyNTE2NTM1MloY
DzIxMjYxMTAxMTY1MzUyWjAdMRswGQYDVQQDDBJpbWFnZXMuZXhhbXBsZS5vcmcw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATNTQkdaLVqwZlY1l/hBmt+xBYIXCpD
PkBB61mrLSRqMJQBvC5D2FiC2E/+inNPA+y4bTgoyhbNWm3htTXD4gH7o3IwcDAd
BgNVHQ4EFgQUDPO8ize6oiYYqBtCnzO1CaBDkfswHwYDVR0jBBgwFoAUDPO8ize6
oiYYqBtCnzO1CaBDkfswDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUghJpbWFn
ZXMuZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDSAAwRQIgEsZFx8PBzgZN4JHcTqY7
OTmFrhA5smHAwWeuG+f5VAkCIQCQqpe1gxCOAjEuQm/vF3aWIq/T2jnekocujWnB
Kj/SJg==
-----END CERTIFICATE-----
`

export const CERTIFICATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyIBOpjGgIy6O/W3O
oqOmUy8eZas61+omebnmO5sDul6hRANCAATNTQkdaLVqwZlY1l/hBmt+xBYIXCpD
PkBB61mrLSRqMJQBvC5D2FiC2E/+inNPA+y4bTgoyhbNWm3htTXD4gH7
-----END PRIVATE KEY-----
`
