import os

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, cmake_layout


class CoaxTestConan(ConanFile):
    settings = "os", "arch", "compiler", "build_type"
    generators = "CMakeDeps", "CMakeToolchain", "VirtualRunEnv"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        options = self.dependencies["coax"].options
        libraries = ["http", "websocket"]
        if options.with_openssl:
            libraries += ["openssl", "coax"]
        if options.with_zlib:
            libraries += ["zlib"]
        if can_run(self):
            for library in libraries:
                self.run(os.path.join(self.cpp.build.bindir, f"with-{library}"), env="conanrun")
