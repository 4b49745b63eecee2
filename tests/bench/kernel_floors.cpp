#include "tests/bench/kernel_floors.h"

#include <array>
#include <map>

namespace gatescope::bench {
namespace {

// Half of the lowest that was measured on 2026-11-28 on two machines (AMD EPYC with AVX-512, and
// one with AVX2 alone, docs/benchmarks.md): a floor tells a kernel that lost its vectors, its tile
// or its layout from one that a compiler, another processor or a busy machine makes slower. Kernels
// that are younger than the measurement with AVX-512 have the floor of AVX2 there. A faster kernel
// moves its row up in the commit that makes it faster; a row that moves down says why. Kernels that
// make no use of AMX have no fifth floor: it is the fourth. Those of 32 rows and those
// of int24 were measured on 2026-11-29 on a machine with AMX, all columns; there int24 with VNNI has
// a quarter, as AMD's halve these vectors. Panels of I8 moved down without VNNI, where four inputs
// side by side cost a shuffle each instead of nothing; with it decoding takes int24.
const std::map<std::string, std::array<double, 5>>& floors() {
    // clang-format off
    static const std::map<std::string, std::array<double, 5>> rows = {
        // kernel                          portable SSE4  AVX2  AVX-512 with VNNI, AMX
        {"add/4096",                       { 0.81,  0.81,  1.58,  2.42}},
        {"add_scaled/4096",                { 1.04,  1.17,  1.83,  2.42}},
        {"attention/bf16/head:128",        { 0.15,  0.48,  1.25,  1.25}},
        {"attention/f16/head:128",         {0.074,  0.26,  1.26,  1.26}},
        {"attention/f32/head:128",         { 0.19,  0.52,  1.19,  1.19}},
        {"attention/i8/head:128",          { 0.14,  0.47,  1.26,  1.26}},
        {"columns/bf16/rows:1",            { 0.16,  0.17,  0.83,  1.08}},
        {"columns/bf16/rows:12",           { 0.12,  0.24,  1.50,  1.67}},
        {"columns/f32/rows:1",             { 0.23,  0.22,  0.75,  0.81}},
        {"columns/f32/rows:12",            { 0.11,  0.24,  1.33,  1.58}},
        {"columns/i8/rows:1",              { 0.25,  0.38,  0.86,  1.08}},
        {"columns/i8/rows:12",             { 0.15,  0.46,  1.53,  1.75}},
        {"gelu_tanh_times/4096",           {0.007, 0.036, 0.100,  0.16}},
        {"panels/bf16/rows:1",             {0.051,  0.19,  1.18,  1.18}},
        {"panels/bf16/rows:12",            { 0.11,  0.32,  1.55,  1.55}},
        {"panels/f16/rows:1",              {0.011, 0.065,  1.46,  1.46}},
        {"panels/f16/rows:12",             {0.050,  0.16,  1.90,  2.00}},
        {"panels/f32/rows:1",              {0.087,  0.25,  1.07,  1.00}},
        {"panels/f32/rows:12",             {0.092,  0.31,  1.53,  2.17}},
        {"panels/f8_e4m3/rows:1",          {0.022, 0.085,  0.32,  0.32}},
        {"panels/f8_e4m3/rows:12",         {0.046,  0.16,  0.59,  0.59}},
        {"panels/i8/rows:1",               {0.067,  0.29,  0.87,  1.00}},
        {"panels/i8/rows:12",              { 0.12,  0.48,  1.41,  2.00}},
        {"panels/iq4_nl/rows:1",           {0.030,  0.12,  0.39,  0.39}},
        {"panels/iq4_nl/rows:12",          {0.099,  0.36,  1.23,  1.23}},
        {"panels/iq4_xs/rows:1",           {0.034,  0.13,  0.38,  0.38}},
        {"panels/iq4_xs/rows:12",          { 0.10,  0.37,  1.14,  1.14}},
        {"panels/mxfp4/rows:1",            {0.031,  0.13,  0.37,  0.37}},
        {"panels/mxfp4/rows:12",           { 0.10,  0.36,  1.18,  1.18}},
        {"panels/q2_k/rows:1",             {0.037,  0.16,  0.37,  0.64}},
        {"panels/q2_k/rows:12",            {0.090,  0.33,  0.94,  1.42}},
        {"panels/q3_k/rows:1",             {0.040,  0.16,  0.32,  0.57}},
        {"panels/q3_k/rows:12",            { 0.10,  0.32,  0.95,  1.50}},
        {"panels/q4_0/rows:1",             {0.049,  0.14,  0.40,  0.68}},
        {"panels/q4_0/rows:12",            { 0.12,  0.34,  1.17,  2.00}},
        {"panels/q4_1/rows:1",             {0.040,  0.13,  0.39,  0.69}},
        {"panels/q4_1/rows:12",            { 0.10,  0.30,  1.05,  1.75}},
        {"panels/q4_k/rows:1",             {0.040,  0.13,  0.35,  0.65}},
        {"panels/q4_k/rows:12",            { 0.10,  0.35,  1.04,  1.58}},
        {"panels/q5_0/rows:1",             {0.050,  0.13,  0.37,  0.37}},
        {"panels/q5_0/rows:12",            { 0.11,  0.32,  1.05,  1.05}},
        {"panels/q5_1/rows:1",             {0.038,  0.12,  0.36,  0.36}},
        {"panels/q5_1/rows:12",            {0.100,  0.29,  1.00,  1.00}},
        {"panels/q5_k/rows:1",             {0.041,  0.12,  0.32,  0.58}},
        {"panels/q5_k/rows:12",            {0.092,  0.33,  0.94,  1.42}},
        {"panels/q6_k/rows:1",             {0.040,  0.13,  0.28,  0.59}},
        {"panels/q6_k/rows:12",            {0.100,  0.31,  0.86,  1.75}},
        {"panels/q8_0/rows:1",             {0.053,  0.15,  0.42,  0.72}},
        {"panels/q8_0/rows:12",            { 0.12,  0.33,  1.14,  2.00}},
        {"panels_bf16/bf16/rows:1",        {0.099,  0.20,  1.03,  1.03}},
        {"panels_bf16/bf16/rows:12",       { 0.14,  0.24,  0.98,  0.98}},
        {"panels_bf16/bf16/rows:32",       { 0.14,  0.24,  0.98,  0.98,  8.30}},
        {"panels_int24/i8/rows:1",         {0.028, 0.084,  0.18,  1.69}},
        {"panels_int24/i8/rows:12",        {0.035, 0.084,  0.18,  1.90,  5.40}},
        {"panels_int24/i8/rows:32",        {0.035, 0.091,  0.18,  1.90,  7.20}},
        {"panels_int8/iq4_nl/rows:1",      {0.044,  0.16,  1.50,  1.50}},
        {"panels_int8/iq4_nl/rows:12",     {0.059,  0.21,  2.36,  2.36}},
        {"panels_int8/iq4_xs/rows:1",      {0.045,  0.19,  1.30,  1.30}},
        {"panels_int8/iq4_xs/rows:12",     {0.061,  0.26,  2.28,  2.28}},
        {"panels_int8/mxfp4/rows:1",       {0.047,  0.18,  0.89,  0.89}},
        {"panels_int8/mxfp4/rows:12",      {0.058,  0.22,  1.66,  1.66}},
        {"panels_int8/q2_k/rows:1",        {0.065,  0.19,  1.26,  1.26}},
        {"panels_int8/q2_k/rows:12",       {0.076,  0.23,  1.86,  1.86}},
        {"panels_int8/q3_k/rows:1",        {0.053,  0.18,  0.89,  0.89}},
        {"panels_int8/q3_k/rows:12",       {0.069,  0.21,  1.63,  1.63}},
        {"panels_int8/q4_0/rows:1",        {0.067,  0.16,  2.31,  2.31}},
        {"panels_int8/q4_0/rows:12",       {0.072,  0.21,  2.94,  2.94}},
        {"panels_int8/q4_0/rows:32",       {0.070,  0.20,  2.94,  2.94,  9.80}},
        {"panels_int8/q4_1/rows:1",        {0.064,  0.13,  2.18,  2.18}},
        {"panels_int8/q4_1/rows:12",       {0.068,  0.20,  2.99,  2.99}},
        {"panels_int8/q4_k/rows:1",        {0.059,  0.19,  1.73,  1.73}},
        {"panels_int8/q4_k/rows:12",       {0.068,  0.24,  2.83,  2.83}},
        {"panels_int8/q4_k/rows:32",       {0.068,  0.20,  2.83,  2.83,  9.50}},
        {"panels_int8/q5_0/rows:1",        {0.065,  0.15,  1.53,  1.53}},
        {"panels_int8/q5_0/rows:12",       {0.069,  0.20,  2.73,  2.73}},
        {"panels_int8/q5_1/rows:1",        {0.062,  0.12,  1.43,  1.43}},
        {"panels_int8/q5_1/rows:12",       {0.068,  0.19,  2.63,  2.63}},
        {"panels_int8/q5_k/rows:1",        {0.056,  0.17,  0.96,  0.96}},
        {"panels_int8/q5_k/rows:12",       {0.063,  0.20,  2.42,  2.42}},
        {"panels_int8/q6_k/rows:1",        {0.057,  0.17,  1.04,  1.04}},
        {"panels_int8/q6_k/rows:12",       {0.065,  0.26,  1.93,  1.93}},
        {"panels_int8/q6_k/rows:32",       {0.065,  0.19,  1.93,  1.93,  5.80}},
        {"panels_int8/q8_0/rows:1",        {0.068,  0.17,  1.92,  1.92}},
        {"panels_int8/q8_0/rows:12",       {0.085,  0.23,  2.55,  2.55}},
        {"panels_int8/q8_0/rows:32",       {0.085,  0.21,  2.38,  2.55,  9.80}},
        {"rms_norm/4096",                  { 0.43,  0.74,  1.12,  1.33}},
        {"rope/128",                       { 0.64,  0.85,  1.06,  1.17}},
        {"round_to_bf16/4096",             {0.058,  0.21,  0.45,  0.45}},
        {"round_to_int24/4096",            {0.019, 0.075,  0.10,  0.13}},
        {"round_to_int8/4096",             {0.013, 0.099,  0.12,  0.12}},
        {"router/1024",                    { 0.33,  0.16,  0.27,  0.27}},
        {"rows/bf16/rows:1",               {0.083,  0.15,  0.77,  1.00}},
        {"rows/f16/rows:1",                {0.024, 0.057,  0.95,  1.00}},
        {"rows/q8_0/rows:1",               {0.067, 0.077, 0.083, 0.092}},
        {"scale/4096",                     { 0.54,  0.54,  1.00,  1.83}},
        {"softmax/4096",                   {0.025, 0.075,  0.11,  0.16}},
        {"memory/panels/bf16/rows:1",      {0.020, 0.020,  0.39,  0.39}},
        {"memory/panels/i8/rows:1",        {0.042,  0.16,  0.31,  0.41}},
        {"memory/panels_int24/i8/rows:1",  {0.020, 0.020, 0.050,  0.50}},
        {"memory/panels_int8/q4_0/rows:1", {0.020, 0.020,  0.54,  0.54}},
        {"memory/panels_int8/q4_k/rows:1", {0.020, 0.020,  0.47,  0.47}},
        {"memory/panels_int8/q6_k/rows:1", {0.020, 0.020,  0.35,  0.35}},
        {"memory/panels_int8/q8_0/rows:1", {0.020, 0.020,  0.56,  0.56}},
    };
    // clang-format on
    return rows;
}

}  // namespace

const char* name(InstructionSet set) {
    switch (set) {
        case InstructionSet::Portable:
            return "portable";
        case InstructionSet::Sse4:
            return "SSE4";
        case InstructionSet::Avx2:
            return "AVX2";
        case InstructionSet::Avx512Vnni:
            return "AVX-512 with VNNI";
        case InstructionSet::Amx:
            return "AMX";
    }
    return "";
}

std::optional<double> floorOf(const std::string& kernel, InstructionSet set) {
    const auto row = floors().find(kernel);
    if (row == floors().end()) return {};
    const double floor = row->second[static_cast<std::size_t>(set)];
    const bool asWithout = set == InstructionSet::Amx && floor == 0;
    return asWithout ? row->second[static_cast<std::size_t>(InstructionSet::Avx512Vnni)] : floor;
}

std::vector<std::string> kernelsWithFloors() {
    std::vector<std::string> names;
    for (const auto& [kernel, row] : floors()) names.push_back(kernel);
    return names;
}

}  // namespace gatescope::bench
