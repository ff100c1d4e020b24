#pragma once
// Tables by length, those last asked for.

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace surfedge::SURFEDGE_LEVEL {

template <class Plan>
class KeptPlans {
  public:
    // The plan that `make` makes of `length`. Safe to call from any thread.
    template <class Make>
    std::shared_ptr<const Plan> get(size_t length, Make make) {
        std::lock_guard<std::mutex> lock(mutex_);
        std::shared_ptr<const Plan> plan;
        for (size_t i = 0; i < kept_.size() && !plan; ++i) {
            if (kept_[i].first != length) continue;
            plan = kept_[i].second;
            kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (!plan) plan = make(length);
        if (kept_.size() == kPlansKept) kept_.erase(kept_.begin());
        kept_.emplace_back(length, plan);
        return plan;
    }

  private:
    static constexpr size_t kPlansKept = 16;
    std::mutex mutex_;
    std::vector<std::pair<size_t, std::shared_ptr<const Plan>>> kept_;  // the last used comes last
};

}  // namespace surfedge::SURFEDGE_LEVEL
