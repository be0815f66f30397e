// Threads that share the parts of one kernel call.
#pragma once

#include <cstdint>
#include <functional>

namespace inkling {

/** As many as `TF_NUM_INTRAOP_THREADS` says, so that one setting rules TensorFlow's ops and ours; else the processors there are. */
int64_t threadCount();

/** Runs `work(0) … work(parts − 1)`, each once, the caller among those who do; returns when all are done. */
void runParts(int64_t parts, const std::function<void(int64_t)>& work);

}  // namespace inkling
