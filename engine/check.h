#pragma once

#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace gatescope::detail {

template <class A, class B>
[[noreturn]] void checkFailed(
    const char* file, int line, const char* text, const A& a, const B& b) {
    std::ostringstream values;
    values << a << " vs " << b;
    std::fprintf(stderr, "%s:%d: check failed: %s (%s)\n", file, line, text, values.str().c_str());
    std::abort();
}

[[noreturn]] inline void checkFailed(const char* file, int line, const char* text) {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, text);
    std::abort();
}

}  // namespace gatescope::detail

/// A bug if false: names the place and ends the process. For the world's faults throw Error.
#define GS_CHECK(condition) \
    ((condition) ? void(0) : ::gatescope::detail::checkFailed(__FILE__, __LINE__, #condition))

#define GS_CHECK_OP(a, op, b)                                                                  \
    do {                                                                                       \
        const auto& gsA = (a);                                                                 \
        const auto& gsB = (b);                                                                 \
        if (!(gsA op gsB))                                                                     \
            ::gatescope::detail::checkFailed(__FILE__, __LINE__, #a " " #op " " #b, gsA, gsB); \
    } while (false)
#define GS_CHECK_EQ(a, b) GS_CHECK_OP(a, ==, b)
#define GS_CHECK_LE(a, b) GS_CHECK_OP(a, <=, b)
#define GS_CHECK_LT(a, b) GS_CHECK_OP(a, <, b)

#ifdef NDEBUG
// Not evaluated, but compiled: what only a check uses stays used.
#define GS_DCHECK(condition) static_cast<void>(sizeof((condition) ? 1 : 0))
#else
#define GS_DCHECK(condition) GS_CHECK(condition)
#endif
