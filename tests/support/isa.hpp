// Tests compare what kernels find with what is found without them.
#pragma once

namespace coax_test {

/// As long as one of these lives, coax finds a machine without vector instructions. In programs that are
/// built without COAX_ISA_FOR_TESTS it does nothing.
class without_kernels {
public:
  without_kernels() noexcept;
  ~without_kernels();
  without_kernels(const without_kernels &) = delete;
  without_kernels &operator=(const without_kernels &) = delete;
};

} // namespace coax_test
