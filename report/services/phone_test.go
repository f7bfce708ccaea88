package services

import "testing"

// phoneErrors are the names of the Webex app's phone-service errors.
var phoneErrors = map[string]string{
	"1000:1":    "Unknown",
	"1000:2":    "UnknownStartFeatureSetFailure",
	"1000:3":    "FeatureSetNotProvisioned",
	"1000:4":    "UnknownAuthenticator",
	"1000:6":    "ErrorReadingConfig",
	"1000:7":    "InvalidStartupHandlerState",
	"1000:8":    "InvalidLifeCycleState",
	"1000:99":   "ConfigChangeSignout",
	"1000:100":  "ConfigChangeReset",
	"1000:101":  "InvalidCertRejected",
	"1000:400":  "SSOPageLoadError",
	"1000:500":  "SSOStartSessionError",
	"1000:600":  "SSOUnknownError",
	"1000:601":  "SSOCancelled",
	"1000:602":  "SSOWebexCloudError",
	"1000:603":  "SSOCertificateError",
	"1000:604":  "SSOInvalidUserSwitch",
	"1000:605":  "SSOWhoAmIFailure",
	"1000:606":  "SSOSessionExpired",
	"1000:607":  "SSOEdgeConfigNeeded",
	"1000:608":  "InvalidBrowserResponse",
	"1000:611":  "CredentialsRequired",
	"1000:701":  "CommonIdentityProvisioningUser",
	"1000:1001": "ServiceDiscoveryFailure",
	"1000:1002": "ServiceDiscoveryAuthenticationFailure",
	"1000:1003": "ServiceDiscoveryCannotConnectToCucmServer",
	"1000:1004": "ServiceDiscoveryNoCucmConfiguration",
	"1000:1005": "ServiceDiscoveryNoSRVRecordsFound",
	"1000:1006": "ServiceDiscoveryCannotConnectToEdge",
	"1000:1007": "ServiceDiscoveryNoNetworkConnectivity",
	"1000:1008": "ServiceDiscoveryUntrustedCertificate",
	"1000:1009": "ServiceDiscoveryPrimaryAuthChanged",
	"1000:1010": "ServiceDiscoveryNoUserLookup",
	"1000:1100": "ConnectionFailedByMRAPolicy",
	"1000:1012": "ServiceDiscoveryAuthorizationModeChanged",
	"1000:1013": "ServiceDiscoveryHomeClusterChanged",
}

// A phone-service error is found however it is written: its number stands behind
// the service's, its name in logs, and the app's own messages put it in several
// ways.
func TestSpellingsOfPhoneErrors(t *testing.T) {
	for code, name := range phoneErrors {
		number := code[len("1000:"):]
		for _, term := range []string{
			code, "1000 " + number, "1000-" + number, " 1000 : " + number + " ", "webex-app/" + code, "webex-app " + number, "Webex app " + number,
			"Error: " + code, "Error:" + code, "error 1000 : " + number, "ERROR " + code + ".", "(" + code + ")",
			"Fout: " + code, "Foutcode 1000:" + number, "Fehler 1000:" + number, name, name + " = " + number,
			"The app says \u201cError: " + code + "\u201d since this morning.",
		} {
			got, err := Lookup(term)
			if err != nil {
				t.Fatal(err)
			}
			if s := ids(got.Codes, codeID); s != "webex-app/"+code {
				t.Errorf("%q means %q, not webex-app/%s", term, s, code)
			}
		}
		c := get(t, "webex-app").Find(code)
		got, err := Lookup(c.Message)
		if err != nil || ids(got.Codes, codeID) != c.ID {
			t.Errorf("%q means %q, not %s: %v", c.Message, ids(got.Codes, codeID), c.ID, err)
		}
	}
	for _, term := range []string{"1000:5", "1000:9999", "Error: 1000:102", "1000:"} {
		if got, err := Lookup(term); err != nil || len(got.Codes) > 0 {
			t.Errorf("%q is no phone-service error and means %q: %v", term, ids(got.Codes, codeID), err)
		}
	}
	// A message that many share without its number means all of them.
	if got, _ := Lookup("Sign into your account to use your phone services."); len(got.Codes) != 11 {
		t.Errorf("the shared message means %q", ids(got.Codes, codeID))
	}
}
