using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Formats;

/// <summary>An open safetensors file: its header is read and checked at once, tensors are read when asked for.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkElements = 1 << 18;

    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, TensorEntry> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header)
    {
        Path = path;
        _handle = handle;
        Metadata = header.Metadata;
        Tensors = header.Tensors;
        _byName = header.Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>The file's string map; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>All tensors in the order of their data.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="FileFormatException">The file has none.</exception>
    public TensorEntry this[string name] =>
        _byName.TryGetValue(name, out var tensor) ? tensor : throw new FileFormatException(Path, $"has no tensor '{name}'");

    /// <summary>Opens a file and checks its header against its length.</summary>
    /// <exception cref="FileNotFoundException">It does not exist.</exception>
    /// <exception cref="FileFormatException">It is foreign, damaged or truncated.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = InputFile.Open(path);
        try
        {
            return new SafetensorsFile(path, handle, SafetensorsHeader.Read(handle, path));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor that may be absent.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out TensorEntry? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads a tensor whose element type is <typeparamref name="T"/>, row-major.</summary>
    /// <exception cref="FileFormatException">There is no such tensor, it has another type, or the file changed since it was opened.</exception>
    public T[] Read<T>(string name) where T : unmanaged
    {
        var tensor = Typed<T>(name);
        var values = new T[tensor.Count];
        Read(tensor, 0, values.AsSpan());
        return values;
    }

    /// <summary>Reads a tensor whose element type is <typeparamref name="T"/> into device memory.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="destination">As many elements as the tensor has; overwritten.</param>
    /// <exception cref="FileFormatException">As <see cref="Read{T}(string)"/>, or the tensor has another number of elements.</exception>
    public void Read<T>(string name, DeviceSpan<T> destination) where T : unmanaged
    {
        var tensor = Typed<T>(name);
        CheckCount(tensor, destination.Length);
        var chunk = ArrayPool<T>.Shared.Rent(ChunkElements);
        try
        {
            for (long first = 0; first < tensor.Count; first += ChunkElements)
            {
                var part = chunk.AsSpan(0, (int)Math.Min(ChunkElements, tensor.Count - first));
                Read(tensor, first, part);
                destination.Slice(first, part.Length).CopyFrom(part);
            }
        }
        finally
        {
            ArrayPool<T>.Shared.Return(chunk);
        }
    }

    /// <summary>Reads a floating-point tensor of any width (F64, F32, F16, BF16) as 32-bit floats, rounded to nearest.</summary>
    /// <exception cref="FileFormatException">There is no such tensor or it holds integers.</exception>
    public float[] ReadFloats(string name)
    {
        var tensor = this[name];
        return tensor.Type switch
        {
            TensorType.F32 => Read<float>(name),
            TensorType.F64 => Array.ConvertAll(Read<double>(name), value => (float)value),
            TensorType.F16 => Array.ConvertAll(Read<Half>(name), value => (float)value),
            TensorType.BF16 => Array.ConvertAll(ReadRaw<ushort>(tensor), bits => BitConverter.UInt32BitsToSingle((uint)bits << 16)),
            _ => throw new FileFormatException(Path, $"tensor '{name}' is {tensor.Layout}, expected floating-point numbers"),
        };
    }

    /// <summary>Requires a shape.</summary>
    /// <exception cref="FileFormatException">The tensor is absent or has another shape.</exception>
    public TensorEntry Require(string name, params ReadOnlySpan<long> shape)
    {
        var tensor = this[name];
        return tensor.Shape.SequenceEqual(shape.ToArray())
            ? tensor
            : throw new FileFormatException(Path, $"tensor '{name}' is {tensor.Layout}, expected [{string.Join(", ", shape.ToArray())}]");
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private TensorEntry Typed<T>(string name) where T : unmanaged
    {
        var tensor = this[name];
        return tensor.Type == TensorTypes.Of<T>()
            ? tensor
            : throw new FileFormatException(Path, $"tensor '{name}' is {tensor.Layout}, expected {TensorTypes.Of<T>().Name()}");
    }

    private void CheckCount(TensorEntry tensor, long expected)
    {
        if (tensor.Count != expected)
            throw new FileFormatException(Path, $"tensor '{tensor.Name}' is {tensor.Layout}, {tensor.Count} elements, expected {expected}");
    }

    private T[] ReadRaw<T>(TensorEntry tensor) where T : unmanaged
    {
        var values = new T[tensor.Count];
        Read(tensor, 0, values.AsSpan());
        return values;
    }

    private void Read<T>(TensorEntry tensor, long first, Span<T> destination) where T : unmanaged
    {
        var offset = tensor.Offset + first * tensor.Type.Bytes();
        for (var done = 0; done < destination.Length; done += ChunkElements)
        {
            var part = destination.Slice(done, Math.Min(ChunkElements, destination.Length - done));
            InputFile.ReadExactly(_handle, Path, offset + (long)done * tensor.Type.Bytes(), MemoryMarshal.AsBytes(part));
        }
    }
}
