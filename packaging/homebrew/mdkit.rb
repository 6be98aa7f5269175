# For a tap.  `make dist` makes the archive; its sum goes into sha256:
#
#	sha256sum dist/mdkit-0.2.0.tar.gz
class Mdkit < Formula
  desc "Local store of market bars, kept complete and watched"
  homepage "https://example.org/mdkit"
  url "https://example.org/mdkit/mdkit-0.2.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "ISC"

  depends_on "make" => :build
  depends_on "pkgconf" => :build
  depends_on "curl"
  depends_on "jansson"
  depends_on "libmicrohttpd"
  depends_on "libpq"
  depends_on :linux
  depends_on "sqlite"
  depends_on "zlib"

  def install
    system "gmake", "all"
    system "gmake", "install", "PREFIX=#{prefix}"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/mdbackfill --version")
    assert_match "AAPL", shell_output("#{bin}/mdbackfill -n --db t.db AAPL")
  end
end
