import os
import re

from conan import ConanFile
from conan.errors import ConanException
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, load

required_conan_version = ">=2.0"


class CoaxRecipe(ConanFile):
    name = "coax"
    description = "Header-only HTTP/1.1 and WebSocket codec over bytes that the caller owns"
    license = "MIT"
    topics = ("http", "websocket", "parser", "codec", "sans-io", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"with_openssl": [True, False], "with_zlib": [True, False]}
    default_options = {"with_openssl": True, "with_zlib": True}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True

    def set_version(self):
        # The version is written down once, in the header that users see.
        config = load(self, os.path.join(self.recipe_folder, "include", "coax", "config.hpp"))
        parts = [re.search(rf"^#define COAX_VERSION_{part} (\d+)", config, re.M) for part in ("MAJOR", "MINOR", "PATCH")]
        if not all(parts):
            raise ConanException("include/coax/config.hpp does not define COAX_VERSION_MAJOR, _MINOR and _PATCH")
        self.version = ".".join(part.group(1) for part in parts)

    def export(self):
        # set_version runs again in the cache, where it needs the header as well.
        copy(self, "include/coax/config.hpp", self.recipe_folder, self.export_folder)

    def requirements(self):
        # Both may come from a remote or from the system: name them under [platform_requires] in the profile,
        # as scripts/conan does, and no remote is needed.
        if self.options.with_openssl:
            self.requires("openssl/[>=1.1.1 <4]", transitive_headers=True)
        if self.options.with_zlib:
            self.requires("zlib/[>=1.2.8 <2]", transitive_headers=True)

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        copy(self, "*.hpp", os.path.join(self.source_folder, "include"), os.path.join(self.package_folder, "include"))

    def package_id(self):
        self.info.clear()

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "coax")
        # coax::coax is a component of ours, so the target for the whole package needs another name.
        self.cpp_info.set_property("cmake_target_name", "coax::package")
        self.cpp_info.set_property("pkg_config_name", "coax-package")

        self._component("http")
        self._component("websocket", requires=["http"])
        if self.options.with_openssl:
            self._component("openssl", requires=["websocket"], library=("openssl", "crypto", "crypto"))
            self._component("coax", requires=["http", "websocket", "openssl"])
        if self.options.with_zlib:
            self._component("zlib", requires=["websocket"], library=("zlib", "zlib", "z"))

    def _component(self, name, requires=(), library=None):
        component = self.cpp_info.components[name]
        component.set_property("cmake_target_name", f"coax::{name}")
        component.set_property("pkg_config_name", "coax" if name == "coax" else f"coax-{name}")
        component.bindirs = []
        component.libdirs = []
        component.requires = list(requires)
        if library:
            package, part, system_lib = library
            if self._on_platform(package):
                # Generators know nothing of a platform requirement, so name what is to be linked.
                component.system_libs = [system_lib]
                # Newer versions of Conan want to be told that a requirement is left out on purpose.
                getattr(self.cpp_info, "ignored_requires", []).append(package)
            else:
                component.requires.append(f"{package}::{part}")

    def _on_platform(self, package):
        return any(require.ref.name == package and dependency.recipe == "Platform"
                   for require, dependency in self.dependencies.items())
