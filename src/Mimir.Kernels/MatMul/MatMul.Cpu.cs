using Mimir.Kernels.Devices;
using Mimir.Kernels.Simd;

namespace Mimir.Kernels;

public static unsafe partial class MatMul
{
    private static void GeneralOnHost(
        HostDevice host, DeviceSpan<float> a, bool aTransposed, DeviceSpan<float> b, bool bTransposed, int m, int n, int k,
        DeviceSpan<float> c, bool accumulate) =>
        Run(host, new ProductKernel
        {
            Left = new LeftOperand { Data = a.Host, Stride = aTransposed ? m : k, Transposed = aTransposed },
            Right = new RightOperand
            {
                Data = b.Host,
                Stride = bTransposed ? k : n,
                Layout = bTransposed ? RightLayout.Transposed : RightLayout.RowMajor,
            },
            Rows = m,
            Columns = n,
            Depth = k,
            DepthSlice = ProductBlocking.DepthSlice(k),
            Destination = c.Host,
            Epilogue = new TileEpilogue { Accumulate = accumulate },
        });

    private static void ForwardOnHost(
        HostDevice host, DeviceSpan<float> x, PackedWeight w, int rows, in LinearEpilogue epilogue, DeviceSpan<float> y) =>
        Linear(host, x, w.Inputs, w.ForwardPanels, w.Outputs, rows, y, new TileEpilogue
        {
            Bias = epilogue.Bias.Host,
            Gelu = epilogue.Gelu,
            Derivative = epilogue.Derivative.Host,
            Residual = epilogue.Residual.Host,
            RowScale = epilogue.RowScale.Host,
            RowsPerScale = epilogue.RowsPerScale,
        });

    private static void BackwardInputOnHost(
        HostDevice host, DeviceSpan<float> dY, PackedWeight w, int rows, DeviceSpan<float> factor, bool accumulate,
        DeviceSpan<float> dX) =>
        Linear(host, dY, w.Outputs, w.BackwardPanels, w.Inputs, rows, dX, new TileEpilogue { Factor = factor.Host, Accumulate = accumulate });

    private static void Linear(
        HostDevice host, DeviceSpan<float> left, int depth, DeviceSpan<float> panels, int columns, int rows, DeviceSpan<float> destination,
        in TileEpilogue epilogue) =>
        Run(host, new ProductKernel
        {
            Left = new LeftOperand { Data = left.Host, Stride = depth },
            Right = new RightOperand { Data = panels.Host, Layout = RightLayout.Panels },
            Rows = rows,
            Columns = columns,
            Depth = depth,
            DepthSlice = epilogue.IsSum(destination.Host) ? ProductBlocking.LinearSlice(depth) : depth,
            Destination = destination.Host,
            Epilogue = epilogue,
        });

    private static void BackwardWeightOnHost(
        HostDevice host, DeviceSpan<float> dY, DeviceSpan<float> x, int rows, int outputs, int inputs,
        DeviceSpan<float> dWeight, DeviceSpan<float> dBias) =>
        Run(host, new ProductKernel
        {
            Left = new LeftOperand { Data = dY.Host, Stride = outputs, Transposed = true, Sums = dBias.Host },
            Right = new RightOperand { Data = x.Host, Stride = inputs, Layout = RightLayout.RowMajor },
            Rows = outputs,
            Columns = inputs,
            Depth = rows,
            DepthSlice = ProductBlocking.DepthSlice(rows),
            Destination = dWeight.Host,
            Epilogue = new TileEpilogue { Accumulate = true },
        });

    // A task is one strip of rows, as high as a tile.
    private static void Run(HostDevice host, ProductKernel kernel) =>
        host.For(SimdLoop.Tasks(kernel.Rows, ProductBlocking.TileRows((int)host.Width / 32)), kernel);
}
