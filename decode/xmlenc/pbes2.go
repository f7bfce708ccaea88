package xmlenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // keys are still encrypted with it
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"hash"
	"math/big"

	"golang.org/x/crypto/scrypt"
)

// The most that deriving a key from a password may cost. OpenSSL's default is
// 2,048 iterations, careful people take a million.
const (
	maxIterations = 10_000_000
	maxScrypt     = 1 << 28 // bytes of memory
)

var errIterations = errors.New("the file asks for more rounds of computing its key from the password than are done here: write it anew with openssl pkey -in FILE -aes256 -out NEW")

// tooManyIterations looks for an iteration count, a number that follows a salt,
// beyond what is done, in the SEQUENCEs and OCTET STRINGs of der.
func tooManyIterations(der []byte, depth int) bool {
	const deepest = 20
	afterSalt := false
	for rest := der; len(rest) > 0; {
		var e asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &e); err != nil {
			return false
		}
		if afterSalt && e.Tag == asn1.TagInteger && new(big.Int).SetBytes(e.Bytes).Cmp(big.NewInt(maxIterations)) > 0 {
			return true
		}
		afterSalt = e.Class == asn1.ClassUniversal && e.Tag == asn1.TagOctetString
		if (e.IsCompound || afterSalt) && depth < deepest && tooManyIterations(e.Bytes, depth+1) {
			return true
		}
	}
	return false
}

// encryptedKeyInfo is an EncryptedPrivateKeyInfo (RFC 5208 section 6).
type encryptedKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// readEncrypted reads an encrypted PKCS #8 key.
func (r *keyReader) readEncrypted(der []byte) error {
	var info encryptedKeyInfo
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return errors.New("the encrypted private key (PKCS #8) is damaged")
	}
	scheme, err := parsePBES2(info.Algorithm)
	if err != nil {
		return err
	}
	if len(info.Data) == 0 || len(info.Data)%len(scheme.iv) != 0 {
		return errors.New("the encrypted private key (PKCS #8) is damaged: it is cut off")
	}
	password, err := r.secret("the key (PKCS #8)")
	if err != nil {
		return err
	}
	plain, err := scheme.open(password, info.Data)
	if err != nil {
		return err
	}
	e, ok := sequence(plain)
	if !ok || !isTags(e, asn1.TagInteger, asn1.TagSequence, asn1.TagOctetString) {
		return errWrongPassword
	}
	return r.add(parsePKCS8(plain, e))
}

// pbes2 is the encryption scheme of RFC 8018 section 6.2, made ready.
type pbes2 struct {
	derive   func(password []byte, length int) ([]byte, error)
	length   int // of the key, in octets
	newBlock func([]byte) (cipher.Block, error)
	iv       []byte
}

// Object identifiers of RFC 8018 appendix C and of NIST's AES.
const (
	idPBES2  = "1.2.840.113549.1.5.13"
	idPBKDF2 = "1.2.840.113549.1.5.12"
	idScrypt = "1.3.6.1.4.1.11591.4.11"
)

func prfOf(id string) func() hash.Hash {
	switch id {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.8":
		return sha256.New224
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.10":
		return sha512.New384
	case "1.2.840.113549.2.11":
		return sha512.New
	}
	return nil
}

func (s *pbes2) setCipher(id string) bool {
	switch id {
	case "2.16.840.1.101.3.4.1.2":
		s.length, s.newBlock = 16, aes.NewCipher
	case "2.16.840.1.101.3.4.1.22":
		s.length, s.newBlock = 24, aes.NewCipher
	case "2.16.840.1.101.3.4.1.42":
		s.length, s.newBlock = 32, aes.NewCipher
	case "1.2.840.113549.3.7":
		s.length, s.newBlock = 24, des.NewTripleDESCipher
		return len(s.iv) == des.BlockSize
	default:
		return false
	}
	return len(s.iv) == aes.BlockSize
}

func parsePBES2(alg pkix.AlgorithmIdentifier) (*pbes2, error) {
	unsupported := errors.New("the key is encrypted in a way that is not read: write it anew with openssl pkcs8 -topk8 -v2 aes256 -in FILE -out NEW")
	var params struct{ KDF, Encryption pkix.AlgorithmIdentifier }
	if alg.Algorithm.String() != idPBES2 || unmarshal(alg.Parameters, &params) != nil {
		return nil, unsupported
	}
	s := &pbes2{}
	if unmarshal(params.Encryption.Parameters, &s.iv) != nil || !s.setCipher(params.Encryption.Algorithm.String()) {
		return nil, unsupported
	}
	switch params.KDF.Algorithm.String() {
	case idPBKDF2:
		var p struct {
			Salt       []byte
			Iterations int
			Length     int                      `asn1:"optional"`
			PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
		}
		if unmarshal(params.KDF.Parameters, &p) != nil || p.Iterations < 1 {
			return nil, unsupported
		}
		prf := prfOf(p.PRF.Algorithm.String())
		if prf == nil {
			return nil, unsupported
		}
		if p.Iterations > maxIterations {
			return nil, errIterations
		}
		s.derive = func(password []byte, length int) ([]byte, error) {
			return pbkdf2.Key(prf, string(password), p.Salt, p.Iterations, length)
		}
	case idScrypt:
		var p struct {
			Salt    []byte
			N, R, P int
			Length  int `asn1:"optional"`
		}
		if unmarshal(params.KDF.Parameters, &p) != nil || p.N < 1 || p.R < 1 || p.P < 1 {
			return nil, unsupported
		}
		if p.N > maxScrypt || p.R > maxScrypt || p.P > 16 || p.N*p.R > maxScrypt/128 {
			return nil, errIterations
		}
		s.derive = func(password []byte, length int) ([]byte, error) {
			return scrypt.Key(password, p.Salt, p.N, p.R, p.P, length)
		}
	default:
		return nil, unsupported
	}
	return s, nil
}

func unmarshal(raw asn1.RawValue, into any) error {
	_, err := asn1.Unmarshal(raw.FullBytes, into)
	return err
}

// open decrypts data. A wrong password is told by the padding (RFC 8018 section
// 6.1.1), nearly always.
func (s *pbes2) open(password, data []byte) ([]byte, error) {
	key, err := s.derive(password, s.length)
	if err != nil {
		return nil, sentence(err, "the parameters by which the key is encrypted cannot be used: write it anew with openssl pkcs8 -topk8 -v2 aes256 -in FILE -out NEW")
	}
	block, err := s.newBlock(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > block.BlockSize() {
		return nil, errWrongPassword
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, errWrongPassword
		}
	}
	return plain[:len(plain)-padding], nil
}
