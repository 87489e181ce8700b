# Shared by the scripts of this repository: finding what a task needs, installing what is missing, building.
# To be sourced by bash; the sourcing script has set -euo pipefail and defines root, the repository's top.

# What building the tests and the example programs takes.
build_needs=(g++ cmake ninja python catch2 openssl zlib cli11 nlohmann-json pkg-config)

# What more example programs are built with, and whom the tests let them talk to. Tests of what is not there are skipped.
example_needs=(asio liburing)
peer_needs=(curl nginx node openssl-tool)
large_peer_needs=(apache wrk chromium venv npm) # for .ci/run

# ccache, where it is used, should hit in every clone and build directory.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

# Servers are often where only root's PATH leads.
have_server() { (PATH=$PATH:/usr/sbin:/sbin; have "$1"); }

processors() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# A header is there when the compiler in use finds it.
has_header() { # HEADER [COMPILER]
  local compiler=${2:-$(gcc_12 || clang_14)} || return 1
  printf '#if !__has_include(<%s>)\n#error missing\n#endif\n' "$1" | "$compiler" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1
}

# Prints a g++ of version 12 or newer: the default one if it is new enough, else the newest of its siblings.
gcc_12() {
  local compiler
  for compiler in g++ g++-16 g++-15 g++-14 g++-13 g++-12; do
    if have "$compiler" && [ "$("$compiler" -dumpversion | cut -d. -f1)" -ge 12 ]; then
      command -v "$compiler"
      return 0
    fi
  done
  return 1
}

# cross_gcc TRIPLET: the same for programs of another machine.
cross_gcc() {
  local compiler
  for compiler in "$1"-g++ "$1"-g++-{16,15,14,13,12}; do
    if have "$compiler" && [ "$("$compiler" -dumpversion | cut -d. -f1)" -ge 12 ]; then
      command -v "$compiler"
      return 0
    fi
  done
  return 1
}

# Prints a clang++ of version 14 or newer. Version 14 is preferred: it is the oldest that is supported.
clang_14() {
  local compiler
  for compiler in clang++-14 clang++ clang++-20 clang++-19 clang++-18 clang++-17 clang++-16 clang++-15; do
    if have "$compiler" && [ "$("$compiler" -dumpversion | cut -d. -f1)" -ge 14 ]; then
      command -v "$compiler"
      return 0
    fi
  done
  return 1
}

clang_tool() { # clang-format | clang-tidy: prints the tool of version 14, whose output is what the checks expect
  local tool
  for tool in "$1-14" "$1"; do
    if have "$tool" && [[ $("$tool" --version) == *"version 14."* ]]; then
      command -v "$tool"
      return 0
    fi
  done
  return 1
}

cmake_3_22() {
  local version
  have cmake || return 1
  version=$(cmake --version | sed -n '1s/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  set -- $version
  [ "$1" -gt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -ge 22 ]; }
}

python_3_9() { have python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'; }

# libFuzzer and the sanitizers' runtime libraries are a package of their own for clang.
clang_runtime() {
  local compiler runtime
  compiler=$(clang_14) || return 1
  runtime=$("$compiler" --print-file-name=libclang_rt.fuzzer-x86_64.a)
  [ -e "$runtime" ] || ls "$("$compiler" --print-resource-dir)"/lib/*/libclang_rt.fuzzer* >/dev/null 2>&1
}

# What the tasks need. For each need: is it there, how is it called, which Debian or Ubuntu package brings it.
need_present() {
  case $1 in
    g++) gcc_12 >/dev/null ;;
    g++-*) cross_gcc "${1#g++-}" >/dev/null ;;
    clang) clang_14 >/dev/null ;;
    clang-runtime) clang_runtime ;;
    clang-format) clang_tool clang-format >/dev/null ;;
    clang-tidy) clang_tool clang-tidy >/dev/null ;;
    cmake) cmake_3_22 ;;
    python) python_3_9 ;;
    venv) python_3_9 && python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
    catch2) has_header catch2/catch_test_macros.hpp || has_header catch2/catch.hpp ;;
    openssl) has_header openssl/evp.h ;;
    zlib) has_header zlib.h ;;
    benchmark) has_header benchmark/benchmark.h ;;
    http-parser) has_header http_parser.h ;;
    beast) has_header boost/beast/version.hpp ;;
    wslay) has_header wslay/wslay.h ;;
    websocketpp) has_header websocketpp/version.hpp ;;
    cli11) has_header CLI/CLI.hpp ;;
    nlohmann-json) has_header nlohmann/json.hpp ;;
    asio) has_header asio/experimental/awaitable_operators.hpp ;;
    liburing) has_header liburing.h ;;
    nginx) have_server nginx ;;
    apache) have_server apache2 || have_server httpd ;;
    node) have node || have nodejs ;;
    openssl-tool) have openssl ;;
    qemu-user) have qemu-aarch64 ;;
    chromium) have chromium || have chromium-browser || have google-chrome ;;
    *) have "$1" ;;
  esac
}

need_name() {
  case $1 in
    g++) echo "g++ 12 or newer" ;;
    g++-*) echo "g++ 12 or newer for ${1#g++-}" ;;
    clang) echo "clang++ 14 or newer" ;;
    clang-runtime) echo "clang's runtime libraries (libFuzzer and sanitizers)" ;;
    clang-format | clang-tidy) echo "$1, version 14" ;;
    cmake) echo "CMake 3.22 or newer" ;;
    python) echo "Python 3.9 or newer" ;;
    venv) echo "Python's venv and ensurepip modules" ;;
    catch2) echo "Catch2, version 3 or 2.13" ;;
    openssl) echo "OpenSSL's headers (libcrypto)" ;;
    zlib) echo "zlib's headers" ;;
    benchmark) echo "Google Benchmark" ;;
    http-parser) echo "http_parser (to measure beside coax)" ;;
    beast | wslay | websocketpp) echo "$1 (to measure beside coax)" ;;
    cli11) echo "CLI11 (for coax-inspect and ws_feed)" ;;
    nlohmann-json) echo "nlohmann-json (for coax-inspect)" ;;
    asio) echo "standalone Asio (for http_asio)" ;;
    liburing) echo "liburing (for http_uring)" ;;
    apache) echo "Apache's httpd" ;;
    node) echo "Node.js" ;;
    openssl-tool) echo "OpenSSL's command line program" ;;
    qemu-user) echo "qemu-user, which runs programs of other machines" ;;
    *) echo "$1" ;;
  esac
}

# No pipe into grep -q here: it stops reading at the first match, and with pipefail the writer's SIGPIPE counts.
apt_has() { [[ $(apt-cache show "$1" 2>/dev/null) == *Package:* ]]; }

need_package() {
  case $1 in
    g++) # the default g++ of an older release is too old, but a newer one is there by number
      if [[ $(apt-cache show g++ 2>/dev/null) =~ Version:\ 4:([4-9]|10|11)\. ]]; then echo g++-12; else echo g++; fi ;;
    g++-*)
      if [[ $(apt-cache show "$1" 2>/dev/null) =~ Version:\ 4:([4-9]|10|11)\. ]]; then echo "g++-12-${1#g++-}"; else echo "$1"; fi ;;
    clang) if apt_has clang-14; then echo clang-14; else echo clang; fi ;;
    clang-runtime) # the one that belongs to the clang that is there, or will be
      local version
      version=$("$(clang_14)" -dumpversion 2>/dev/null | cut -d. -f1) || version=14
      if apt_has "libclang-rt-$version-dev"; then echo "libclang-rt-$version-dev"; else echo libclang-rt-dev; fi ;;
    clang-format | clang-tidy) echo "$1-14" ;;
    python) echo python3 ;;
    venv) echo python3-venv ;;
    ninja) echo ninja-build ;;
    openssl) echo libssl-dev ;;
    zlib) echo zlib1g-dev ;;
    benchmark) echo libbenchmark-dev ;;
    http-parser) echo libhttp-parser-dev ;;
    beast) echo libboost-dev ;;
    wslay | websocketpp) echo "lib$1-dev" ;;
    cli11) echo libcli11-dev ;;
    nlohmann-json) echo nlohmann-json3-dev ;;
    asio) echo libasio-dev ;;
    liburing) echo liburing-dev ;;
    apache) echo apache2-bin ;;
    node) echo nodejs ;;
    openssl-tool) echo openssl ;;
    *) echo "$1" ;;
  esac
}

# install_missing NEED... [-- NEED...]: installs what is not there, and does nothing when all of it is. Without the needs
# behind -- things go on all the same.
install_missing() {
  local need missing=() optional=() packages=() as_root=() essential=yes hindrance=
  for need in "$@"; do
    if [ "$need" = -- ]; then essential=no; continue; fi
    if need_present "$need"; then continue; fi
    if [ "$essential" = yes ]; then missing+=("$need"); else optional+=("$need"); fi
  done
  [ $((${#missing[@]} + ${#optional[@]})) -gt 0 ] || return 0

  say "Missing here"
  for need in "${missing[@]}" "${optional[@]}"; do note "$(need_name "$need")"; done
  if ! have apt-get; then
    hindrance="this system has no apt-get, so nothing was installed: please install what is named above, then run this again"
  elif [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    have sudo || hindrance="installing packages needs root: run this as root, or install what is named above"
  fi
  if [ -n "$hindrance" ]; then
    [ ${#missing[@]} -eq 0 ] || die "$hindrance"
    note "it goes on without: tests that need it are skipped"
    return 0
  fi

  say "Installing with apt-get, which can take a minute or two"
  apt_get "${as_root[@]}" -- update
  for need in "${missing[@]}"; do packages+=("$(need_package "$need")"); done
  for need in "${optional[@]}"; do
    if apt_has "$(need_package "$need")"; then packages+=("$(need_package "$need")"); fi
  done
  note "${packages[*]}"
  if [ ${#packages[@]} -gt 0 ]; then
    without_services "${as_root[@]}" -- apt_get "${as_root[@]}" -- install --no-install-recommends "${packages[@]}"
  fi

  # A package can bring something too old; say so here rather than fail strangely later.
  for need in "${missing[@]}"; do
    need_present "$need" || die "still missing after the installation: $(need_name "$need")"
  done
  for need in "${optional[@]}"; do
    need_present "$need" || note "not to be had here: $(need_name "$need")"
  done
}

# without_services [SUDO] -- COMMAND...: packages such as nginx start a service when they are installed; not meanwhile.
without_services() (
  policy=/usr/sbin/policy-rc.d
  as_root=()
  while [ "$1" != -- ]; do as_root+=("$1"); shift; done
  shift
  if [ -d "${policy%/*}" ] && [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  "$@"
)

# apt_get [SUDO] -- ARGUMENTS: quiet unless it fails, never asks, waits for another apt-get to finish.
apt_get() {
  local as_root=() log
  while [ "$1" != -- ]; do as_root+=("$1"); shift; done
  shift
  log=$(mktemp)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 \
      -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "apt-get $1 failed"
  fi
  rm -f "$log"
}

# configure DIRECTORY [CMAKE-ARGUMENT...]: runs CMake once; later runs leave it to the build to notice changes.
configure() {
  local directory=$1 signature
  shift
  signature=$(printf '%s\n' "$root" "$@")
  if [ -e "$directory/build.ninja" ] && [ "$(cat "$directory/.configured" 2>/dev/null)" = "$signature" ]; then
    return 0
  fi
  rm -rf "$directory"
  mkdir -p "$directory"
  if have ccache; then set -- "$@" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  cmake -S "$root" -B "$directory" -G Ninja "$@"
  printf '%s\n' "$signature" >"$directory/.configured"
}

build() { # DIRECTORY [TARGET...]
  local directory=$1
  shift
  if [ $# -gt 0 ]; then
    cmake --build "$directory" --parallel "$(processors)" --target "$@"
  else
    cmake --build "$directory" --parallel "$(processors)"
  fi
}
