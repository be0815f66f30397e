#include "threads.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace inkling {

namespace {

/** Rounds of waiting in which a thread keeps its processor: kernels follow each other closely. */
constexpr int kSpins = 2000;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

class Pool {
 public:
  explicit Pool(int64_t helpers) {
    for (int64_t i = 0; i < helpers; i++) {
      std::thread([this] { serve(); }).detach();
    }
  }

  void run(int64_t parts, const std::function<void(int64_t)>& work) {
    // Threads of one process that call at once take turns.
    std::lock_guard<std::mutex> turn(turn_);
    uint32_t round;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      round = static_cast<uint32_t>(ticket_.load() >> 32) + 1;
      work_ = &work;
      parts_ = parts;
      finished_.store(0);
      ticket_.store(static_cast<uint64_t>(round) << 32, std::memory_order_release);
    }
    wake_.notify_all();
    takeParts(round, parts, work);
    // A helper that the system has not let run yet took no part, and nobody waits for it.
    for (int i = 0; finished_.load(std::memory_order_acquire) < parts; i++) {
      if (i < kSpins) {
        relax();
      } else {
        std::unique_lock<std::mutex> lock(mutex_);
        done_.wait(lock, [this, parts] { return finished_.load(std::memory_order_acquire) == parts; });
      }
    }
  }

 private:
  void serve() {
    uint32_t seen = 0;
    for (;;) {
      const auto isNew = [this, &seen] { return ticket_.load(std::memory_order_acquire) >> 32 != seen; };
      for (int i = 0; i < kSpins && !isNew(); i++) {
        relax();
      }
      const std::function<void(int64_t)>* work;
      int64_t parts;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, isNew);
        seen = static_cast<uint32_t>(ticket_.load() >> 32);
        work = work_;
        parts = parts_;
      }
      takeParts(seen, parts, *work);
    }
  }

  /** A ticket is a round and its next part: whoever comes when the round is over gets none. */
  void takeParts(uint32_t round, int64_t parts, const std::function<void(int64_t)>& work) {
    for (uint64_t ticket = ticket_.load(std::memory_order_acquire);;) {
      const int64_t part = static_cast<int64_t>(ticket & 0xffffffffu);
      if (ticket >> 32 != round || part >= parts) {
        return;
      }
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel)) {
        continue;
      }
      work(part);
      if (finished_.fetch_add(1, std::memory_order_acq_rel) + 1 == parts) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_.notify_one();
      }
      ticket = ticket_.load(std::memory_order_acquire);
    }
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(int64_t)>* work_ = nullptr;
  int64_t parts_ = 0;
  std::atomic<uint64_t> ticket_{0};
  std::atomic<int64_t> finished_{0};
};

}  // namespace

int64_t threadCount() {
  static const int64_t count = [] {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    const long number = wanted == nullptr ? 0 : std::strtol(wanted, nullptr, 10);
    const int64_t there = std::thread::hardware_concurrency();
    return number > 0 ? int64_t{number} : there > 0 ? there : int64_t{1};
  }();
  return count;
}

void runParts(int64_t parts, const std::function<void(int64_t)>& work) {
  if (parts <= 1 || threadCount() <= 1) {
    for (int64_t part = 0; part < parts; part++) {
      work(part);
    }
    return;
  }
  // Never destroyed: its threads live as long as the process.
  static Pool* const pool = new Pool(threadCount() - 1);
  pool->run(parts, work);
}

}  // namespace inkling
