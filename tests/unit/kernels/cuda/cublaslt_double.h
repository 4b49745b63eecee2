#pragma once

/// What the double of cuBLASLt can be told, and tells.
struct CublasLtDouble {
    const char* failing = nullptr;  ///< the next call of this function fails
    int status = 14;                ///< so: a cublasStatus_t
    bool findsNothing = false;      ///< no algorithm is good for any product
    int alive = 0;                  ///< handles, descriptions, layouts, preferences
    int choices = 0;                ///< how often an algorithm was asked for
};

extern "C" CublasLtDouble* cublasLtDouble();
