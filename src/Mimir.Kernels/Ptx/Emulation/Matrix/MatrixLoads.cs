using System.Numerics;
using System.Runtime.Intrinsics;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>ldmatrix: 8 × 8 matrices of 16-bit elements from shared memory, a row of 16 bytes at the address of each of eight lanes.
/// <see cref="DecodedInstruction.Mode"/> is the number of matrices, their registers are in <see cref="DecodedInstruction.List"/>.</summary>
internal static unsafe class MatrixLoads
{
    private const int RowBytes = 16;
    private const int Rows = 8;

    /// <summary>Lane l gets the elements (l / 4; 2 (l % 4)) and the next: rows one behind the other are the register as it is.</summary>
    public static void Load(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var rows = Gather(runner, r, i, lanes);
        for (var matrix = 0; matrix < i->Mode; matrix++)
        {
            for (var lane = 0; lane < Lanes.Count; lane += 16)
            {
                var value = Vector512.Load((uint*)(rows + matrix * Rows * RowBytes) + lane);
                Elementwise.Blend((uint*)(r + i->List[matrix]) + lane, value, lanes, lane);
            }
        }
    }

    /// <summary>.trans: lane l gets the elements (2 (l % 4); l / 4) and the one below it.</summary>
    public static void LoadTransposed(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var rows = Gather(runner, r, i, lanes);
        for (var matrix = 0; matrix < i->Mode; matrix++)
        {
            var elements = (ushort*)(rows + matrix * Rows * RowBytes);
            var d = (uint*)(r + i->List[matrix]);
            for (var rest = lanes; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                var (row, column) = (2 * (lane % 4), lane / 4);
                d[lane] = elements[row * 8 + column] | (uint)elements[(row + 1) * 8 + column] << 16;
            }
        }
    }

    /// <summary>The rows of all matrices, one behind the other.</summary>
    private static byte* Gather(BlockRunner runner, byte* r, DecodedInstruction* i, uint lanes)
    {
        var addresses = AddressResolution.Gather(runner, r, i);
        var rows = runner.Scratch;
        // Only the lanes that give an address: 8 a matrix.
        var left = i->Mode == 4 ? lanes : lanes & ((1u << i->Mode * Rows) - 1);
        while (left != 0)
        {
            var part = AddressResolution.Resolve(runner, i, addresses, left, AccessKind.Matrix, out var host);
            for (var rest = part; rest != 0; rest &= rest - 1)
            {
                var lane = BitOperations.TrailingZeroCount(rest);
                Vector128.Load(host.At(lane, addresses[lane])).Store(rows + lane * RowBytes);
            }
            left &= ~part;
        }
        return rows;
    }
}
