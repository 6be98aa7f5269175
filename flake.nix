# nix build, nix run . -- --help; the programs are in result/bin.
{
  description = "A local store of market bars, kept complete and watched";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.11";

  outputs = { self, nixpkgs }:
    let
      systems = [ "x86_64-linux" "aarch64-linux" ];
      each = f: nixpkgs.lib.genAttrs systems
        (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = each (pkgs: rec {
        default = mdkit;
        mdkit = pkgs.stdenv.mkDerivation {
          pname = "mdkit";
          version = "0.2.0";
          src = self;
          strictDeps = true;
          nativeBuildInputs = [ pkgs.makeWrapper pkgs.pkg-config ];
          buildInputs = with pkgs; [
            curl
            jansson
            libmicrohttpd
            postgresql
            sqlite
            zlib
          ];
          makeFlags = [ "PREFIX=$(out)" ];
          enableParallelBuilding = true;
          # These two are loaded when they are needed, so that no tool finds
          # them in a program.
          postInstall = ''
            for program in $out/bin/md*; do
              wrapProgram $program --prefix LD_LIBRARY_PATH : \
                ${pkgs.lib.makeLibraryPath [ pkgs.curl pkgs.postgresql.lib ]}
            done
          '';
          meta = {
            license = pkgs.lib.licenses.isc;
            mainProgram = "mdbackfill";
            platforms = systems;
          };
        };
      });

      devShells = each (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.system}.mdkit ];
          packages = with pkgs; [ bats clang-tools mandoc shellcheck sqlite ];
        };
      });
    };
}
