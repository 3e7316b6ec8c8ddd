namespace Mimir.Runtime.Corruptions.Jpeg;

/// <summary>One component of an image, samples 0 to 255, in whole blocks; what lies beyond its own height and width fills the last ones.</summary>
internal sealed class SamplePlane
{
    private const int Middle = 128;

    private readonly byte[] _samples;
    private readonly int _stride;
    private readonly int _lines;

    /// <summary>A plane of zeros.</summary>
    public SamplePlane(int height, int width)
    {
        (Height, Width) = (height, width);
        (_lines, _stride) = (WholeBlocks(height), WholeBlocks(width));
        _samples = new byte[_lines * _stride];
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>A sample.</summary>
    public ref byte this[int row, int column] => ref _samples[row * _stride + column];

    /// <summary>Columns with those that fill the last block.</summary>
    public int PaddedWidth => _stride;

    /// <summary>Repeats the last column of the first rows, up to where blocks end.</summary>
    public void PadColumns()
    {
        for (var row = 0; row < Height; row++)
            _samples.AsSpan(row * _stride + Width, _stride - Width).Fill(this[row, Width - 1]);
    }

    /// <summary>Repeats the last row, up to where blocks end.</summary>
    public void PadRows()
    {
        for (var row = Height; row < _lines; row++)
            _samples.AsSpan((Height - 1) * _stride, _stride).CopyTo(_samples.AsSpan(row * _stride));
    }

    /// <summary>Transforms every block, rounds its coefficients to multiples of the steps, and transforms it back.</summary>
    /// <param name="steps">[8, 8].</param>
    public void Quantise(int[] steps)
    {
        const int size = DiscreteCosine.Size;
        Span<int> block = stackalloc int[size * size];
        for (var top = 0; top < _lines; top += size)
        {
            for (var left = 0; left < _stride; left += size)
            {
                for (var i = 0; i < block.Length; i++)
                    block[i] = this[top + i / size, left + i % size] - Middle;
                DiscreteCosine.Forward(block);
                for (var i = 0; i < block.Length; i++)
                    block[i] = Nearest(block[i], size * steps[i]) * steps[i];
                DiscreteCosine.Inverse(block);
                for (var i = 0; i < block.Length; i++)
                    this[top + i / size, left + i % size] = (byte)Math.Clamp(block[i] + Middle, 0, byte.MaxValue);
            }
        }
    }

    private static int Nearest(int value, int step) => value < 0 ? -((step / 2 - value) / step) : (value + step / 2) / step;

    private static int WholeBlocks(int count) => (count + DiscreteCosine.Size - 1) / DiscreteCosine.Size * DiscreteCosine.Size;
}
