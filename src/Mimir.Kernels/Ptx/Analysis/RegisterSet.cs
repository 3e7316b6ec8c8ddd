using System.Numerics;

namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>A set of a function's registers, one bit each.</summary>
internal sealed class RegisterSet(int count)
{
    private readonly ulong[] _words = new ulong[(count + 63) / 64];

    public bool this[int register]
    {
        get => (_words[register >> 6] >> register & 1) != 0;
        set => _words[register >> 6] = value ? _words[register >> 6] | 1UL << register : _words[register >> 6] & ~(1UL << register);
    }

    /// <summary>A set with all registers.</summary>
    public static RegisterSet Full(int count)
    {
        var set = new RegisterSet(count);
        Array.Fill(set._words, ulong.MaxValue);
        return set;
    }

    public void CopyFrom(RegisterSet other) => other._words.CopyTo(_words, 0);

    public void IntersectWith(RegisterSet other)
    {
        for (var i = 0; i < _words.Length; i++)
            _words[i] &= other._words[i];
    }

    /// <summary>this ∪= used ∪ (after \ written); whether anything was new. One step of liveness.</summary>
    public bool AddLive(RegisterSet after, RegisterSet written, RegisterSet used)
    {
        var isChanged = false;
        for (var i = 0; i < _words.Length; i++)
        {
            var next = _words[i] | used._words[i] | (after._words[i] & ~written._words[i]);
            isChanged |= next != _words[i];
            _words[i] = next;
        }
        return isChanged;
    }

    public void UnionWith(RegisterSet other)
    {
        for (var i = 0; i < _words.Length; i++)
            _words[i] |= other._words[i];
    }

    /// <summary>Adds what <paramref name="other"/> has; whether anything was taken away by intersecting with it.</summary>
    public bool ShrinkTo(RegisterSet other)
    {
        var isChanged = false;
        for (var i = 0; i < _words.Length; i++)
        {
            var next = _words[i] & other._words[i];
            isChanged |= next != _words[i];
            _words[i] = next;
        }
        return isChanged;
    }

    public IEnumerable<int> Members()
    {
        for (var i = 0; i < _words.Length; i++)
        {
            for (var word = _words[i]; word != 0; word &= word - 1)
                yield return i * 64 + BitOperations.TrailingZeroCount(word);
        }
    }
}
