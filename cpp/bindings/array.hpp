#pragma once
// Checked views of NumPy arrays and numbers. Nothing is converted or copied: what does not fit is a TypeError
// (kind of object, dtype) or ValueError (shape, layout, range) that says name, found, expected and remedy.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

namespace surfedge::SURFEDGE_LEVEL {

namespace py = pybind11;

// NumPy's type numbers; a set of them is the sum of their bits.
enum Type : int { kBool = 0, kU8 = 2, kI32 = 5, kF32 = 11, kC64 = 14 };
constexpr uint32_t bit(Type type) {
    return 1u << type;
}

template <class T>
struct TypeOf;
template <>
struct TypeOf<uint8_t> {
    static constexpr Type value = kU8;
};
template <>
struct TypeOf<float> {
    static constexpr Type value = kF32;
};

[[noreturn]] inline void refuse_value(const std::string& name, const std::string& found,
                                      const std::string& expected, const std::string& remedy) {
    throw py::value_error(name + ": found " + found + ", expected " + expected + "; " + remedy);
}

[[noreturn]] inline void refuse_type(const std::string& name, const std::string& found,
                                     const std::string& expected, const std::string& remedy) {
    throw py::type_error(name + ": found " + found + ", expected " + expected + "; " + remedy);
}

// A view of an array that stays alive as long as the call's arguments do.
struct Array {
    void* data = nullptr;
    int ndim = 0;
    const py::ssize_t* shape = nullptr;
    Type type = kU8;

    template <class T>
    T* as() const {
        return static_cast<T*>(data);
    }
    size_t size(int axis) const { return static_cast<size_t>(shape[axis]); }
    size_t count() const {
        size_t n = 1;
        for (int i = 0; i < ndim; ++i) n *= size(i);
        return n;
    }
    size_t itemsize() const { return type == kF32 || type == kI32 ? 4 : type == kC64 ? 8 : 1; }
    bool is_aligned() const {
        return itemsize() == 1 || count() == 0 || reinterpret_cast<uintptr_t>(data) % alignof(float) == 0;
    }
};

inline std::string shape_text(const py::ssize_t* shape, int ndim) {
    std::string text = "(";
    for (int i = 0; i < ndim; ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + (ndim == 1 ? ",)" : ")");
}

inline std::string types_text(uint32_t types) {
    std::string text;
    for (auto [type, name] : {std::pair{kBool, "bool"},
                              {kU8, "uint8"},
                              {kI32, "int32"},
                              {kF32, "float32"},
                              {kC64, "complex64"}}) {
        if (types & bit(type)) text += (text.empty() ? "" : " or ") + std::string(name);
    }
    return text;
}

inline std::string array_text(py::handle object) {
    if (!py::isinstance<py::array>(object)) return py::str(py::type::of(object).attr("__name__"));
    return std::string(py::str(object.attr("dtype"))) + " " + std::string(py::str(object.attr("shape")));
}

// An aligned C-contiguous array of one of `types` (bits) with min_ndim..max_ndim axes; `layout` says them in
// words.
inline Array input(py::handle object, const char* name, uint32_t types, int min_ndim, int max_ndim,
                   const char* layout) {
    const auto expected = [&] { return types_text(types) + " array of shape " + layout; };
    if (!py::isinstance<py::array>(object))
        refuse_type(name, array_text(object), expected(), "pass a numpy array");
    const py::array array = py::reinterpret_borrow<py::array>(object);
    const py::dtype dtype = array.dtype();
    const int type = dtype.num();
    if (type < 0 || type > 31 || !(types >> type & 1u) || dtype.byteorder() == '>')
        refuse_type(name, array_text(object), expected(), std::string("convert ") + name + " with .astype()");
    const Array view{const_cast<void*>(array.data()), static_cast<int>(array.ndim()), array.shape(),
                     static_cast<Type>(type)};
    if (view.ndim < min_ndim || view.ndim > max_ndim)
        refuse_value(name, array_text(object), expected(), "reshape it, or pass one image at a time");
    if (!(array.flags() & py::array::c_style) || !view.is_aligned())
        refuse_value(name, array_text(object) + " that is not C-contiguous and aligned", expected(),
                     std::string("pass numpy.ascontiguousarray(") + name + ")");
    return view;
}

// `out` itself when it is given and fits (dtype, shape, writeable, apart from the inputs), else a new array.
inline py::object output(py::handle out, Type type, std::initializer_list<size_t> shape,
                         std::initializer_list<Array> inputs = {}) {
    if (out.is_none()) return py::array(py::dtype(type), shape);
    py::ssize_t wanted[4];
    int ndim = 0;
    for (size_t length : shape) wanted[ndim++] = static_cast<py::ssize_t>(length);
    const std::string expected = shape_text(wanted, ndim);
    const Array given = input(out, "out", bit(type), 0, 32, expected.c_str());
    bool fits = given.ndim == ndim;
    for (int i = 0; fits && i < ndim; ++i) fits = given.shape[i] == wanted[i];
    if (!fits)
        refuse_value("out", array_text(out), types_text(bit(type)) + " array of shape " + expected,
                     "allocate out with that shape, or leave it away");
    if (!py::reinterpret_borrow<py::array>(out).writeable())
        refuse_value("out", "a read-only array", "a writeable one", "pass a copy of it");
    const auto begin = reinterpret_cast<uintptr_t>(given.data);
    const auto end = begin + given.count() * given.itemsize();
    for (const Array& other : inputs) {
        const auto first = reinterpret_cast<uintptr_t>(other.data);
        if (begin < first + other.count() * other.itemsize() && first < end)
            refuse_value("out", "memory shared with an input", "separate memory", "allocate out apart");
    }
    return py::reinterpret_borrow<py::object>(out);
}

template <class T>
T* data_of(const py::object& array) {
    return static_cast<T*>(py::reinterpret_borrow<py::array>(array).mutable_data());
}

inline void require_same_shape(const Array& a, const char* a_name, const Array& b, const char* b_name) {
    bool same = a.ndim == b.ndim;
    for (int i = 0; same && i < a.ndim; ++i) same = a.shape[i] == b.shape[i];
    if (!same)
        refuse_value(b_name, shape_text(b.shape, b.ndim),
                     std::string("the shape of ") + a_name + ", " + shape_text(a.shape, a.ndim),
                     "crop or resize one of them");
}

// A whole number in [low, high].
inline int64_t integer(py::handle object, const char* name, int64_t low, int64_t high) {
    const std::string remedy = std::string("pass a whole number for ") + name;
    const std::string expected = std::to_string(low) + " to " + std::to_string(high);
    int64_t value = 0;
    if (PyLong_CheckExact(object.ptr()) || PyIndex_Check(object.ptr())) {
        value = PyLong_AsLongLong(object.ptr());
        if (value == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            refuse_value(name, py::str(object), expected, remedy);
        }
    } else {
        refuse_type(name, py::repr(object), "int, " + expected, remedy);
    }
    if (value < low || value > high) refuse_value(name, std::to_string(value), expected, remedy);
    return value;
}

// A real number that is not NaN.
inline double real(py::handle object, const char* name) {
    const double value = PyFloat_AsDouble(object.ptr());
    if (value == -1.0 && PyErr_Occurred()) {
        PyErr_Clear();
        refuse_type(name, py::repr(object), "float", std::string("pass a number for ") + name);
    }
    if (value != value) refuse_value(name, "nan", "a number", std::string("pass a number for ") + name);
    return value;
}

// Two sides of 1 or more.
inline std::pair<size_t, size_t> shape_of(py::handle shape) {
    if (!PyTuple_Check(shape.ptr()) || PyTuple_GET_SIZE(shape.ptr()) != 2)
        refuse_type("shape", py::repr(shape), "(H, W)", "pass the image's shape");
    const auto side = [&](int axis, const char* name) {
        return static_cast<size_t>(integer(PyTuple_GET_ITEM(shape.ptr(), axis), name, 1, INT32_MAX));
    };
    return {side(0, "shape[0]"), side(1, "shape[1]")};
}

// A number above 0 that an image's size may be measured in.
inline double above_zero(py::handle given, const char* name) {
    const double value = real(given, name);
    if (!(value > 0 && value <= 1e9))
        refuse_value(name, py::str(given), "above 0, up to 1e9", std::string("pass a number for ") + name);
    return value;
}

// Runs a kernel while other Python threads go on.
template <class F>
auto without_gil(F&& kernel) {
    py::gil_scoped_release released;
    return kernel();
}

}  // namespace surfedge::SURFEDGE_LEVEL
