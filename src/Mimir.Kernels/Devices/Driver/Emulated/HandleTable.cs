namespace Mimir.Kernels.Devices.Driver.Emulated;

/// <summary>Objects of one kind behind opaque handles, which are never given twice.</summary>
internal sealed class HandleTable<T>(nint kind) where T : class
{
    private const int Step = 0x10;
    private readonly Dictionary<nint, T> _objects = [];
    private nint _next = kind << 32;

    /// <summary>The objects that were not removed.</summary>
    public IEnumerable<T> Values => _objects.Values;

    /// <summary>Gives an object its handle.</summary>
    public nint Add(T value)
    {
        _next += Step;
        _objects.Add(_next, value);
        return _next;
    }

    /// <summary>The object of a handle; null where there is none.</summary>
    public T? Find(nint handle) => _objects.GetValueOrDefault(handle);

    /// <summary>Takes a handle back.</summary>
    public T? Remove(nint handle) => _objects.Remove(handle, out var value) ? value : null;

    /// <summary>Takes all back.</summary>
    public void Clear() => _objects.Clear();
}
