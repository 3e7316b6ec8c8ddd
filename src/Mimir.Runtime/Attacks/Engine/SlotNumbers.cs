using System.Runtime.InteropServices;
using Mimir.Kernels.Devices;

namespace Mimir.Runtime.Attacks;

/// <summary>Numbers that the host decides for every slot and kernels read, such as factors and windows: columns of whole or float32 numbers,
/// which go to the device in one copy.</summary>
public sealed class SlotNumbers : IDisposable
{
    private readonly int[] _here;
    private readonly DeviceSpan<int> _there;
    private readonly int[] _widths;
    private readonly int[] _starts;

    /// <summary>Makes zeros.</summary>
    /// <param name="device">Where the kernels run.</param>
    /// <param name="slots">How many slots.</param>
    /// <param name="widths">Numbers a slot has in each column.</param>
    public SlotNumbers(Device device, int slots, params ReadOnlySpan<int> widths)
    {
        _widths = widths.ToArray();
        _starts = new int[_widths.Length];
        var length = 0;
        for (var column = 0; column < _widths.Length; column++)
        {
            _starts[column] = length;
            length += _widths[column] * slots;
        }

        _here = new int[length];
        _there = device.Allocate<int>(length, "numbers of slots");
    }

    /// <summary>A slot's whole numbers in a column, to be written.</summary>
    public Span<int> Whole(int column, int slot) => _here.AsSpan(_starts[column] + slot * _widths[column], _widths[column]);

    /// <summary>A slot's float32 numbers in a column, to be written.</summary>
    public Span<float> Float(int column, int slot) => MemoryMarshal.Cast<int, float>(Whole(column, slot));

    /// <summary>Copies all columns to the device.</summary>
    public void Send() => _there.CopyFrom(_here);

    /// <summary>A column of whole numbers on the device, [count, width], as last sent.</summary>
    public DeviceSpan<int> WholeThere(int column, int count) => _there.Slice(_starts[column], (long)count * _widths[column]);

    /// <summary>A column of float32 numbers on the device, [count, width], as last sent.</summary>
    public DeviceSpan<float> FloatThere(int column, int count) => WholeThere(column, count).Cast<float>();

    /// <inheritdoc/>
    public void Dispose() => _there.Buffer.Dispose();
}
