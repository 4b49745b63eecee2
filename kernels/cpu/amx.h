#pragma once

namespace gatescope::kernels {

/// Whether this processor has AMX, tiles of 16 rows and the products of int8 and of bf16 that they
/// take, and the system lets this process use them; asks for that the first time.
/// Sources: Intel 64 manual, chapter "Intel AMX"; Linux, Documentation/arch/x86/xstate.rst.
bool hasAmx();

/// From now on hasAmx() says false, or the truth again: for tests and measurements.
void setAmxAllowed(bool allowed);

}  // namespace gatescope::kernels
