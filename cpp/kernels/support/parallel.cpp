#include "kernels/support/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#if !defined(_WIN32)
#include <unistd.h>
#endif

namespace surfedge::SURFEDGE_LEVEL {
namespace {

std::atomic<int> wanted_threads{1};
thread_local bool inside_piece = false;

// One job at a time: workers take piece numbers from a shared counter until none is left.
class Pool {
  public:
    // Starts `wanted` workers, or as many as the system gives.
    explicit Pool(int wanted) : wanted_(wanted) {
        workers_.reserve(static_cast<size_t>(wanted));
        try {
            for (int i = 0; i < wanted; ++i) workers_.emplace_back([this] { work(); });
        } catch (const std::system_error&) {
        } catch (const std::bad_alloc&) {
        }
    }

    ~Pool() {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
        }
        start_.notify_all();
        for (std::thread& worker : workers_) worker.join();
    }

    int wanted() const { return wanted_; }

    void run(size_t pieces, PieceFunction function, void* context) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            pieces_ = pieces, function_ = function, context_ = context, failure_ = nullptr;
            next_.store(0, std::memory_order_relaxed);
            busy_ = workers_.size();
            ++job_;
        }
        start_.notify_all();
        take_pieces();
        std::unique_lock<std::mutex> lock(mutex_);
        done_.wait(lock, [this] { return busy_ == 0; });
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    void take_pieces() {
        inside_piece = true;
        try {
            for (size_t piece; (piece = next_.fetch_add(1, std::memory_order_relaxed)) < pieces_;)
                function_(context_, piece);
        } catch (...) {  // out of memory: the caller hears of it once everybody has stopped
            std::lock_guard<std::mutex> lock(mutex_);
            failure_ = std::current_exception();
        }
        inside_piece = false;
    }

    void work() {
        size_t seen = 0;
        std::unique_lock<std::mutex> lock(mutex_);
        for (;;) {
            start_.wait(lock, [&] { return stopping_ || job_ != seen; });
            if (stopping_) return;
            seen = job_;
            lock.unlock();
            take_pieces();
            lock.lock();
            if (--busy_ == 0) done_.notify_one();
        }
    }

    const int wanted_;
    std::mutex mutex_;
    std::condition_variable start_, done_;
    std::atomic<size_t> next_{0};
    size_t pieces_ = 0, job_ = 0, busy_ = 0;
    PieceFunction function_ = nullptr;
    void* context_ = nullptr;
    std::exception_ptr failure_;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

// Never destroyed: at process exit workers may still wait on it.
struct Owner {
    std::mutex mutex;
    Pool* pool = nullptr;
    long process = 0;
};

Owner& owner() {
    static Owner* const the_owner = new Owner;
    return *the_owner;
}

long process_id() {
#if defined(_WIN32)
    return 0;
#else
    return static_cast<long>(getpid());
#endif
}

// The pool for `workers` workers. After a fork the child has none of its parent's threads: it starts its own.
Pool* pool_of(Owner& owner, int workers) {
    const bool ours = owner.pool && owner.process == process_id();
    if (ours && owner.pool->wanted() == workers) return owner.pool;
    if (ours) delete owner.pool;
    owner.pool = nullptr;
    owner.pool = new Pool(workers);
    owner.process = process_id();
    return owner.pool;
}

}  // namespace

void set_threads(int count) {
    wanted_threads.store(std::clamp(count, 1, kMaxThreads));
}

int threads() {
    return wanted_threads.load();
}

void run_pieces(size_t pieces, PieceFunction function, void* context) {
    const int workers = threads() - 1;
    if (workers > 0 && pieces > 1 && !inside_piece) {
        std::unique_lock<std::mutex> lock(owner().mutex, std::try_to_lock);
        if (lock.owns_lock()) return pool_of(owner(), workers)->run(pieces, function, context);
    }
    for (size_t piece = 0; piece < pieces; ++piece) function(context, piece);
}

}  // namespace surfedge::SURFEDGE_LEVEL
