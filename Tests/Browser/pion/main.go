// A relay on Pion: plays one room by WHEP and publishes what it gets in another by WHIP, untouched. An independent client
// of both doors at once. `go build` needs Debian's golang-github-pion-webrtc.v3-dev and GO111MODULE=off, no network.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc"
)

func main() {
	from := flag.String("whep", "", "the endpoint to play")
	to := flag.String("whip", "", "the endpoint to publish at")
	flag.Parse()
	relay, err := newRelay()
	if err == nil {
		err = relay.run(*from, *to)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("relaying")
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	<-terminated
	for _, session := range relay.sessions {
		if err := session.end(); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("ended")
}

// relay holds a local track per kind, fed with what the player gets.
type relay struct {
	player, publisher *webrtc.PeerConnection
	tracks            map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP
	sessions          []session
}

func newRelay() (*relay, error) {
	r := &relay{tracks: map[webrtc.RTPCodecType]*webrtc.TrackLocalStaticRTP{}}
	var err error
	if r.player, err = webrtc.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, err
	}
	if r.publisher, err = webrtc.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return nil, err
	}
	for kind, mime := range map[webrtc.RTPCodecType]string{
		webrtc.RTPCodecTypeAudio: webrtc.MimeTypeOpus, webrtc.RTPCodecTypeVideo: webrtc.MimeTypeVP8,
	} {
		track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: mime}, kind.String(), "relay")
		if err != nil {
			return nil, err
		}
		r.tracks[kind] = track
		sendonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
		transceiver, err := r.publisher.AddTransceiverFromTrack(track, sendonly)
		if err != nil {
			return nil, err
		}
		go r.passKeyframeRequests(transceiver.Sender())
		recvonly := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := r.player.AddTransceiverFromKind(kind, recvonly); err != nil {
			return nil, err
		}
	}
	r.player.OnTrack(r.pass)
	return r, nil
}

func (r *relay) run(from, to string) error {
	for _, side := range []struct {
		connection *webrtc.PeerConnection
		endpoint   string
	}{{r.publisher, to}, {r.player, from}} {
		session, err := open(side.connection, side.endpoint)
		if err != nil {
			return fmt.Errorf("%s: %w", side.endpoint, err)
		}
		r.sessions = append(r.sessions, session)
	}
	return nil
}

// pass hands every packet on; Pion writes the publisher's own SSRC and payload type.
func (r *relay) pass(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	local := r.tracks[remote.Kind()]
	for {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		// Identifiers of header extensions were negotiated with the other session.
		packet.Extension, packet.Extensions, packet.CSRC = false, nil, nil
		if err := local.WriteRTP(packet); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			return
		}
	}
}

// passKeyframeRequests hands the requests of whoever watches the relay on to the server that it plays.
func (r *relay) passKeyframeRequests(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				for _, receiver := range r.player.GetReceivers() {
					if track := receiver.Track(); track != nil && track.Kind() == webrtc.RTPCodecTypeVideo {
						request := &rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}
						_ = r.player.WriteRTCP([]rtcp.Packet{request})
					}
				}
			}
		}
	}
}

// session is what a door's Location names.
type session struct {
	connection *webrtc.PeerConnection
	location   string
}

// open offers with all candidates gathered, as RFC 9725 section 4.2 asks.
func open(connection *webrtc.PeerConnection, endpoint string) (session, error) {
	offer, err := connection.CreateOffer(nil)
	if err != nil {
		return session{}, err
	}
	gathered := webrtc.GatheringCompletePromise(connection)
	if err := connection.SetLocalDescription(offer); err != nil {
		return session{}, err
	}
	<-gathered
	response, err := http.Post(endpoint, "application/sdp", strings.NewReader(connection.LocalDescription().SDP))
	if err != nil {
		return session{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return session{}, err
	}
	if response.StatusCode != http.StatusCreated {
		return session{}, fmt.Errorf("%s: %s", response.Status, answer)
	}
	base, err := url.Parse(endpoint)
	if err != nil {
		return session{}, err
	}
	location, err := base.Parse(response.Header.Get("Location"))
	if err != nil {
		return session{}, err
	}
	description := webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}
	return session{connection, location.String()}, connection.SetRemoteDescription(description)
}

func (s session) end() error {
	request, err := http.NewRequest(http.MethodDelete, s.location, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("DELETE %s: %s", s.location, response.Status)
	}
	return s.connection.Close()
}
